// Passkeys: joins the forms that say data-webauthn to allauth's own script.
"use strict";

const starts = {
  add: allauth.webauthn.forms.addForm,
  authenticate: allauth.webauthn.forms.authenticateForm,
  login: allauth.webauthn.forms.loginForm,
};

for (const form of document.querySelectorAll("form[data-webauthn]")) {
  const kind = form.dataset.webauthn;
  const button = form.querySelector("#webauthn-button");
  if (!window.PublicKeyCredential) {
    form.querySelector("[data-webauthn-unknown]")?.removeAttribute("hidden");
    continue;
  }
  button.hidden = false;
  starts[kind]({
    ids: {
      [kind]: "webauthn-button",
      credential: "webauthn-credential",
      passwordless: form.querySelector("#id_passwordless") && "id_passwordless",
      data: "webauthn-data",
    },
  });
  // The Enter key does what the button does; allauth itself submits without this event.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.click();
  });
  button.addEventListener("click", () => {
    const failed = form.querySelector("[data-webauthn-failed]");
    if (failed) failed.hidden = true;
  });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("[data-webauthn-failed]")?.removeAttribute("hidden");
});
