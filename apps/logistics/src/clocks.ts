import { SERVICE_CONFIG, STORY_CLOCK, WIRE_CLOCK, type StoryClock, type WireClock } from '@app/shared';
import { Inject, Injectable } from '@nestjs/common';
import type { LogisticsConfig } from './logistics.config';

/** Both clocks, and the settings that go with them. */
@Injectable()
export class Clocks {
  constructor(
    @Inject(STORY_CLOCK) readonly story: StoryClock,
    @Inject(WIRE_CLOCK) readonly wire: WireClock,
    @Inject(SERVICE_CONFIG) readonly config: LogisticsConfig,
  ) {}
}
