import { Matches, MinLength } from 'class-validator';

/** Settings of the migrator. */
export class MigrateConfig {
  @Matches(/^postgres(ql)?:\/\//, {
    message: 'must be the postgres:// address of a role that may create roles and schemas',
  })
  DATABASE_URL!: string;

  @MinLength(8, { message: 'must be the password for the service roles, at least 8 characters' })
  DATABASE_ROLE_PASSWORD!: string;
}
