// The documentation of the API: Swagger UI, a classic script that the page has loaded before this module.

import { root } from "./dom.js";
import "./shell.js";

SwaggerUIBundle({ url: `${root}/openapi.json`, dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, docExpansion: "list", defaultModelsExpandDepth: 0 });
