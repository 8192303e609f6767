/** Variables as the process got them. Everything else takes them as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;

// biome-ignore lint/style/noProcessEnv: the one place that reads the environment
export const processEnvironment: Environment = process.env;
