/*
 * A file system with one file, `disk`, whose requests fail, fall short or wait as they are told to: for tests of block
 * devices. Direct I/O only, so that each request of the tender comes here as it is.
 *
 *     faulty FOLDER SIZE     prints "ready"; ends with its standard input, where each line is a command:
 *
 *     hold OP OFFSET         requests that touch that byte wait; "held OP OFFSET" is printed for each
 *     fail OP OFFSET ERRNO   they fail with the error of that number
 *     short OP OFFSET BYTES  they transfer so many bytes at most
 *     release                carries out what waits
 *     clear                  forgets the rules; then the same
 *
 * The latest rule for a byte holds. OP is read, write or flush; a flush has offset 0. Each command is answered with "ok".
 */
#define FUSE_USE_VERSION 34
#include <errno.h>
#include <fuse3/fuse_lowlevel.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FILE_NUMBER 2
#define RULES_MAX 32
#define HELD_MAX 64

struct request {
  fuse_req_t req;
  const char *op;
  size_t offset, length;
  /* What is to be written. */
  char *data;
};

static struct rule {
  char action[8], op[8];
  unsigned long offset, value;
} rules[RULES_MAX];
static unsigned rule_count;
static struct request *held[HELD_MAX];
static char *bytes;
static size_t size;

static const struct rule *rule_for(const struct request *r) {
  for (unsigned i = rule_count; i-- > 0;) {
    const struct rule *rule = &rules[i];
    size_t length = r->length > 0 ? r->length : 1;
    if (strcmp(rule->op, r->op) == 0 && rule->offset >= r->offset && rule->offset < r->offset + length) return rule;
  }
  return NULL;
}

static void carry_out(struct request *r, size_t most) {
  size_t left = r->offset < size ? size - r->offset : 0;
  size_t length = r->length < left ? r->length : left;
  if (length > most) length = most;
  if (strcmp(r->op, "read") == 0) {
    fuse_reply_buf(r->req, bytes + r->offset, length);
  } else if (strcmp(r->op, "write") == 0) {
    memcpy(bytes + r->offset, r->data, length);
    fuse_reply_write(r->req, length);
  } else {
    fuse_reply_err(r->req, 0);
  }
  free(r->data);
  free(r);
}

/* The process that asked is to end, or was sent a signal. */
static void interrupted(fuse_req_t req, void *data) {
  struct request *r = data;
  for (unsigned i = 0; i < HELD_MAX; i++)
    if (held[i] == r) held[i] = NULL;
  fuse_reply_err(req, EINTR);
  free(r->data);
  free(r);
}

static void hold(struct request *r) {
  unsigned i = 0;
  while (i < HELD_MAX && held[i]) i++;
  if (i == HELD_MAX) abort();
  held[i] = r;
  printf("held %s %zu\n", r->op, r->offset);
  fuse_req_interrupt_func(r->req, interrupted, r);
}

static void serve(fuse_req_t req, const char *op, off_t offset, size_t length, const char *data) {
  struct request *r = calloc(1, sizeof *r);
  *r = (struct request){req, op, (size_t)offset, length, data ? malloc(length) : NULL};
  if (data) memcpy(r->data, data, length);
  const struct rule *rule = rule_for(r);
  if (rule && strcmp(rule->action, "hold") == 0) {
    hold(r);
  } else if (rule && strcmp(rule->action, "fail") == 0) {
    fuse_reply_err(req, (int)rule->value);
    free(r->data);
    free(r);
  } else {
    carry_out(r, rule ? rule->value : size);
  }
}

/* ---- The file system --------------------------------------------------------------------------------------------- */

static void fill(fuse_ino_t number, struct stat *s) {
  *s = (struct stat){.st_ino = number, .st_nlink = 1, .st_mode = S_IFDIR | 0755};
  if (number == FILE_NUMBER) s->st_mode = S_IFREG | 0666, s->st_size = (off_t)size;
}

static void get_attributes(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info) {
  struct stat s;
  (void)info;
  fill(number, &s);
  fuse_reply_attr(req, &s, 3600);
}

static void look_up(fuse_req_t req, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param entry = {.ino = FILE_NUMBER, .attr_timeout = 3600, .entry_timeout = 3600};
  (void)parent;
  fill(FILE_NUMBER, &entry.attr);
  if (strcmp(name, "disk") == 0) fuse_reply_entry(req, &entry);
  else fuse_reply_err(req, ENOENT);
}

static void open_file(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info) {
  (void)number;
  info->direct_io = 1;
  fuse_reply_open(req, info);
}

static void read_file(fuse_req_t req, fuse_ino_t number, size_t length, off_t offset, struct fuse_file_info *info) {
  (void)number, (void)info;
  serve(req, "read", offset, length, NULL);
}

static void write_file(fuse_req_t req, fuse_ino_t number, const char *data, size_t length, off_t offset,
                       struct fuse_file_info *info) {
  (void)number, (void)info;
  serve(req, "write", offset, length, data);
}

static void flush_file(fuse_req_t req, fuse_ino_t number, int data_only, struct fuse_file_info *info) {
  (void)number, (void)data_only, (void)info;
  serve(req, "flush", 0, 0, NULL);
}

static const struct fuse_lowlevel_ops operations = {
    .getattr = get_attributes,
    .lookup = look_up,
    .open = open_file,
    .read = read_file,
    .write = write_file,
    .fsync = flush_file,
};

/* ---- Commands ---------------------------------------------------------------------------------------------------- */

static void obey(const char *line) {
  struct rule rule = {0};
  bool clear = strcmp(line, "clear\n") == 0;
  if (clear || strcmp(line, "release\n") == 0) {
    if (clear) rule_count = 0;
    for (unsigned i = 0; i < HELD_MAX; i++) {
      struct request *r = held[i];
      held[i] = NULL;
      if (!r) continue;
      fuse_req_interrupt_func(r->req, NULL, NULL);
      carry_out(r, size);
    }
  } else if (sscanf(line, "%7s %7s %lu %lu", rule.action, rule.op, &rule.offset, &rule.value) >= 3 &&
             rule_count < RULES_MAX) {
    rules[rule_count++] = rule;
  } else {
    abort();
  }
  printf("ok\n");
}

int main(int count, char **words) {
  if (count != 3) return 64;
  char *arguments[] = {words[0]};
  struct fuse_args args = FUSE_ARGS_INIT(1, arguments);
  struct fuse_session *session = fuse_session_new(&args, &operations, sizeof operations, NULL);
  struct fuse_buf buffer = {0};
  char line[256];
  size = strtoul(words[2], NULL, 10);
  bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!session || bytes == MAP_FAILED || fuse_session_mount(session, words[1]) != 0) return 1;
  setvbuf(stdout, NULL, _IOLBF, 0);
  setvbuf(stdin, NULL, _IONBF, 0);
  for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 7 + (i >> 9));
  printf("ready\n");
  while (!fuse_session_exited(session)) {
    struct pollfd list[] = {{.fd = fuse_session_fd(session), .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    if (poll(list, 2, -1) < 0) continue;
    if (list[0].revents) {
      int length = fuse_session_receive_buf(session, &buffer);
      if (length > 0) fuse_session_process_buf(session, &buffer);
      else if (length != -EINTR) break;
    }
    if (list[1].revents) {
      if (!fgets(line, sizeof line, stdin)) break;
      obey(line);
    }
  }
  fuse_session_unmount(session);
  fuse_session_destroy(session);
  return 0;
}
