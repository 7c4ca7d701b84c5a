import { readConfig } from './simulator.config';

describe('the settings', () => {
  it('have defaults, and the demo runs its story 960 times as fast', () => {
    expect(readConfig({})).toMatchObject({
      port: 3100,
      host: '127.0.0.1',
      storyRate: 1,
      isDemo: false,
      resume: 'auto',
    });
    expect(readConfig({ SIMULATOR_DEMO: '1' })).toMatchObject({ storyRate: 960, isDemo: true });
  });

  it('are refused with every bad key named, and in production altogether', () => {
    expect(() => readConfig({ SIMULATOR_PORT: 'x', SIMULATOR_RESUME: 'maybe', HUIDIAN_MODE: 'production' })).toThrow(
      /SIMULATOR_RESUME[\s\S]*production[\s\S]*SIMULATOR_PORT/,
    );
  });
});
