import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { Sealer } from './sealer.js';
import { Settings } from './settings.js';

/** What every library may ask for: the settings, the clock and the sealer. */
@Global()
@Module({})
export class CommonModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: CommonModule,
      providers: [{ provide: Settings, useValue: settings }, Clock, Sealer],
      exports: [Settings, Clock, Sealer],
    };
  }
}
