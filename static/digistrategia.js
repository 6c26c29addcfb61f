// What the pages do beyond HTML and htmx: an error summary takes the focus.
"use strict";

document.querySelector(".error-summary")?.focus();

// A refused form comes back as a page with an error status; htmx shows it all the same.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([409, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
