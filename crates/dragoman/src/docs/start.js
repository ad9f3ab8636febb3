"use strict";

// The page says which dialects there are; the first is shown first.
const names = document.getElementById("documents").dataset.dialects.split(" ");

SwaggerUIBundle({
  dom_id: "#documents",
  urls: names.map((name) => ({ name, url: `/openapi/${name}.yaml` })),
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  deepLinking: true,
  // A request would go to another origin, and the page's policy lets none out: so there is nothing to sign in for.
  supportedSubmitMethods: [],
  plugins: [() => ({ wrapComponents: { authorizeBtn: () => () => null, authorizeOperationBtn: () => () => null } })],
  // No validator elsewhere is asked about the documents.
  validatorUrl: null,
});
