"use strict";

const page = document.getElementById("page");

SwaggerUIBundle({
  domNode: page,
  url: page.dataset.document,
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  displayRequestDuration: true,
  // Schemas below the operations are shut: each operation shows its own.
  defaultModelsExpandDepth: 0,
  // A credential is forgotten with the page.
  persistAuthorization: false,
  // Nothing is sent to a validator on another host.
  validatorUrl: null,
});
