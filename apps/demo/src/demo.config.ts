import { Type } from 'class-transformer';
import { IsIn, IsNumber, IsString, IsUrl, Max, Min } from 'class-validator';

const URL_RULE = { require_tld: false, require_protocol: true };

/** Settings of the demo program; it knows nothing that another client of the API could not know. */
export class DemoConfig {
  @IsIn(['demo', 'test'], { message: 'must be demo: the demo program is no part of a production start' })
  HUIDIAN_MODE: 'demo' | 'test' = 'demo';

  @IsUrl(URL_RULE)
  GATEWAY_URL = 'http://127.0.0.1:3000';

  @IsUrl(URL_RULE)
  SIMULATOR_URL = 'http://127.0.0.1:3100';

  /** The client that sets shops up and reads orders. */
  @IsString()
  DEMO_CLIENT_ID = 'demo';

  @IsString()
  DEMO_CLIENT_SECRET = 'demo-secret';

  /** The client that does the clerks' work. */
  @IsString()
  DEMO_WAREHOUSE_CLIENT_ID = 'demo-warehouse';

  @IsString()
  DEMO_WAREHOUSE_CLIENT_SECRET = 'demo-warehouse-secret';

  /** How much faster than usual the people work; 1 = several parcels a second, 0.1 = leisurely. */
  @Type(() => Number)
  @IsNumber()
  @Min(0.01)
  @Max(100)
  DEMO_PACE = 1;
}
