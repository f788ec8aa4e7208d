/* SQLite at the work of kv.h, with a write-ahead log and synchronous=FULL: each commit is durable (one flush). */
#include "kv.h"

#include <sqlite3.h>

static sqlite3 *db;

static void check(int code) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) errx(1, "%s", sqlite3_errmsg(db));
}

static void run(const char *sql) { check(sqlite3_exec(db, sql, NULL, NULL, NULL)); }

static void set(sqlite3_stmt *put, uint32_t i, const void *value, int length) {
  char name[32];
  check(sqlite3_bind_text(put, 1, name, key_of(name, i), SQLITE_STATIC));
  check(sqlite3_bind_blob(put, 2, value, length, SQLITE_STATIC));
  check(sqlite3_step(put));
  check(sqlite3_reset(put));
}

int main(int argc, char **argv) {
  const struct work work = read_work(argc, argv);
  sqlite3_stmt *put, *get;
  check(sqlite3_open(work.path, &db));
  run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
      "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID");
  check(sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO kv VALUES (?, ?)", -1, &put, NULL));
  check(sqlite3_prepare_v2(db, "SELECT value FROM kv WHERE key = ?", -1, &get, NULL));
  char *value = malloc(work.length);
  memset(value, 7, work.length);
  uint64_t begin = read_clock(CLOCK_MONOTONIC);
  if (!strcmp(work.kind, "commit")) {
    for (uint32_t i = 0; i < work.count; i += work.group) {
      if (work.group > 1) run("BEGIN");
      for (uint32_t j = 0; j < work.group; j++) set(put, next() % work.keys, value, (int)work.length);
      if (work.group > 1) run("COMMIT");
    }
  } else if (!strcmp(work.kind, "fill")) {
    run("BEGIN");
    for (uint32_t i = 0; i < work.keys; i++) set(put, i, value, (int)work.length);
    run("COMMIT");
  } else {
    for (int round = 0; round < 2; round++) {
      begin = read_clock(CLOCK_MONOTONIC);
      run("BEGIN");
      for (uint32_t i = 0; i < work.count; i++) {
        char name[32];
        check(sqlite3_bind_text(get, 1, name, key_of(name, next() % work.keys), SQLITE_STATIC));
        check(sqlite3_step(get));
        memcpy(value, sqlite3_column_blob(get, 0), work.length);
        check(sqlite3_reset(get));
      }
      run("COMMIT");
    }
  }
  done(&work, read_clock(CLOCK_MONOTONIC) - begin);
}
