/* Loaded into a server by --import: throws, once on each of two signals, an error that carries what those of libraries carry. */

const sabotage = () =>
  Object.assign(new Error('sabotaged'), {
    parameters: ['parameter-of-an-error'],
    request: { body: 'body-of-an-error' },
    env: process.env,
  });

process.on('SIGUSR2', () => {
  throw sabotage();
});
process.on('SIGHUP', () => {
  void Promise.reject(sabotage());
});
