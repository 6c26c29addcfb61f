// What the pages do beyond HTML and htmx: an error summary takes the focus.
"use strict";

document.querySelector(".error-summary")?.focus();
