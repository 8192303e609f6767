/** Of Swagger UI's package, the files that the page loads. */
export const swaggerUiFiles = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;
