import assert from 'node:assert/strict';
import pg from 'pg';

/** Uses up the connections of a PostgreSQL server. */
export class ConnectionHogs {
  private readonly hogs: pg.Client[] = [];

  constructor(private readonly adminUrl: string) {}

  /** Takes all connections that there are, those of the application as well. */
  async takeAll(): Promise<void> {
    do await this.takeFree();
    while ((await this.endThoseOfServers()) > 0);
  }

  async release(): Promise<void> {
    await Promise.all(this.hogs.splice(0).map((hog) => hog.end()));
  }

  /** Ends what the servers have. @returns how many these were */
  private async endThoseOfServers(): Promise<number> {
    const ended = await this.hogs[0]?.query(
      `select pg_terminate_backend(pid, 2000) from pg_stat_activity where application_name like 'clientele%'`,
    );
    return ended?.rowCount ?? 0;
  }

  private async takeFree(): Promise<void> {
    for (;;) {
      const hog = new pg.Client({ connectionString: this.adminUrl });
      hog.on('error', () => undefined);
      try {
        await hog.connect();
      } catch (error) {
        assert.equal((error as { code?: string }).code, '53300');
        return;
      }
      this.hogs.push(hog);
    }
  }
}
