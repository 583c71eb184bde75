import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { CommonModule, type Settings } from '#libs/common';
import { CredentialsModule } from '#libs/credentials';
import { type DatabaseHandle, DatabaseModule } from '#libs/database';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/organizations';

/** The libraries that the commands need; nothing of HTTP. */
@Module({})
export class CommandLineModule {
  /** @param database open and migrated; who opened it closes it */
  static forRoot(settings: Settings, database: DatabaseHandle): DynamicModule {
    return {
      module: CommandLineModule,
      imports: [
        CommonModule.forRoot(settings),
        DatabaseModule.forRoot(database),
        AuditModule,
        OrganizationsModule,
        CredentialsModule,
        KeysModule,
      ],
    };
  }
}
