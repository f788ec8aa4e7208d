/* LMDB at the work of kv.h, as it comes: each commit is durable (two flushes), reads copy the value out of the map. */
#include "kv.h"

#include <lmdb.h>

static void check(int code) {
  if (code != 0) errx(1, "%s", mdb_strerror(code));
}

static void set(MDB_txn *txn, MDB_dbi db, uint32_t i, void *value, size_t length) {
  char name[32];
  MDB_val key = {(size_t)key_of(name, i), name}, data = {length, value};
  check(mdb_put(txn, db, &key, &data, 0));
}

int main(int argc, char **argv) {
  const struct work work = read_work(argc, argv);
  MDB_env *env;
  MDB_txn *txn;
  MDB_dbi db;
  check(mdb_env_create(&env));
  check(mdb_env_set_mapsize(env, 4ull << 30));
  check(mdb_env_open(env, work.path, MDB_NOSUBDIR, 0644));
  check(mdb_txn_begin(env, NULL, 0, &txn));
  check(mdb_dbi_open(txn, NULL, 0, &db));
  check(mdb_txn_commit(txn));
  char *value = malloc(work.length);
  memset(value, 7, work.length);
  uint64_t begin = read_clock(CLOCK_MONOTONIC);
  if (!strcmp(work.kind, "commit")) {
    for (uint32_t i = 0; i < work.count; i += work.group) {
      check(mdb_txn_begin(env, NULL, 0, &txn));
      for (uint32_t j = 0; j < work.group; j++) set(txn, db, next() % work.keys, value, work.length);
      check(mdb_txn_commit(txn));
    }
  } else if (!strcmp(work.kind, "fill")) {
    check(mdb_txn_begin(env, NULL, 0, &txn));
    for (uint32_t i = 0; i < work.keys; i++) set(txn, db, i, value, work.length);
    check(mdb_txn_commit(txn));
  } else {
    for (int round = 0; round < 2; round++) {
      begin = read_clock(CLOCK_MONOTONIC);
      check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
      for (uint32_t i = 0; i < work.count; i++) {
        char name[32];
        MDB_val key = {(size_t)key_of(name, next() % work.keys), name}, data;
        check(mdb_get(txn, db, &key, &data));
        memcpy(value, data.mv_data, data.mv_size);
      }
      mdb_txn_abort(txn);
    }
  }
  done(&work, read_clock(CLOCK_MONOTONIC) - begin);
  mdb_env_close(env);
}
