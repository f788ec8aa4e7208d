/* Which device of the image each option of the command line is about, and opening them. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* Values of the first option of a kind, for messages. */
static const char *const examples[DEVICE_KINDS] = {"tap0", "disk.img"};

/* The first option of a kind, which attaches the device. */
static const int first_options[DEVICE_KINDS] = {OPTION_NET, OPTION_DISK};

static const char *spell(const struct given *g) {
  static char text[512];
  text_format(text, sizeof text, "--%s%s%s", device_options[g->option].option.name, g->device ? ":" : "",
           g->device ? g->device : "");
  return text;
}

/* The devices that the image declares, for messages. */
static const char *declared(const struct manifest *m) {
  static char text[6000];
  size_t length = text_format(text, sizeof text, "%s declares ", m->name);
  if (m->device_count == 0) text_format(text + length, sizeof text - length, "no devices");
  for (size_t i = 0; i < m->device_count; i++)
    length += text_format(text + length, sizeof text - length, "%s%s (%s)", i > 0 ? ", " : "",
                               m->devices[i].name, device_kind_names[m->devices[i].kind]);
  return text;
}

/* Index of the device that an option is about. */
static size_t find(const struct manifest *m, const struct given *g) {
  enum device_kind kind = device_options[g->option].kind;
  const char *name = device_kind_names[kind];
  size_t found = SIZE_MAX, count = 0;
  for (size_t i = 0; i < m->device_count; i++) {
    if (m->devices[i].kind != kind || (g->device && strcmp(m->devices[i].name, g->device) != 0)) continue;
    found = i;
    count++;
  }
  if (count == 1) return found;
  if (g->device)
    refuse(STATUS_DEVICE, "%s: there is no %s device \"%s\"; %s", spell(g), name, g->device, declared(m));
  if (count == 0) refuse(STATUS_DEVICE, "%s: there is no %s device; %s", spell(g), name, declared(m));
  refuse(STATUS_DEVICE, "%s: which of the %s devices?; %s", spell(g), name, declared(m));
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_mac(const char *text, uint8_t mac[6], struct failure *failure) {
  static const uint8_t none[6];
  bool good = strlen(text) == 17;
  for (int i = 0; good && i < 6; i++) {
    int high = digit(text[3 * i]), low = digit(text[3 * i + 1]);
    good = high >= 0 && low >= 0 && (i == 5 || text[3 * i + 2] == ':');
    mac[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
  }
  if (!good) return FAIL(failure, "\"%s\" is not an Ethernet address; expected such as 02:00:00:00:00:01", text);
  if (mac[0] & 1) return FAIL(failure, "%s is a group's Ethernet address; a device's has an even first byte", text);
  if (memcmp(mac, none, sizeof none) == 0) return FAIL(failure, "%s is no device's Ethernet address", text);
  return 0;
}

static int attach_network(struct fata_guest *g, const struct manifest_device *d, const char *const *values,
                          struct failure *failure) {
  const char *address = values[OPTION_NET_MAC], *offload = values[OPTION_NET_OFFLOAD];
  uint8_t mac[6];
  if (address && parse_mac(address, mac, failure) < 0) return -1;
  bool off = offload && strcmp(offload, "off") == 0;
  if (offload && !off && strcmp(offload, "on") != 0)
    return FAIL(failure, "\"%s\" does not say whether to offload; expected on or off", offload);
  return tender_add_net(g, d->name, values[OPTION_NET], address ? mac : NULL, off ? 0 : d->offload, failure);
}

/* Takes a word off the end of a disk's value, once. */
static bool ends_with(const char *value, size_t *length, const char *word) {
  size_t size = strlen(word);
  if (*length < size || memcmp(value + *length - size, word, size) != 0) return false;
  *length -= size;
  return true;
}

static int attach_block(struct fata_guest *g, const char *name, const char *value, struct failure *failure) {
  size_t length = strlen(value);
  unsigned how = 0;
  for (;;) {
    if (!(how & DISK_READ_ONLY) && ends_with(value, &length, ",ro")) how |= DISK_READ_ONLY;
    else if (!(how & DISK_DIRECT) && ends_with(value, &length, ",direct")) how |= DISK_DIRECT;
    else break;
  }
  char *path = strndup(value, length);
  if (!path || !*path) return FAIL(failure, "no file is named; expected such as disk.img or disk.img,ro");
  int result = tender_add_block(g, name, path, how, failure);
  free(path);
  return result;
}

void attach_devices(struct fata_guest *g, const struct manifest *m, const struct command *c) {
  const char *values[MANIFEST_DEVICES_MAX][DEVICE_OPTIONS] = {{NULL}};
  char *warnings[MANIFEST_DEVICES_MAX] = {NULL};
  for (size_t i = 0; i < c->given_count; i++) {
    const struct given *given = &c->given[i];
    const char **value = &values[find(m, given)][given->option];
    if (*value) refuse(STATUS_USAGE, "%s is given twice", spell(given));
    *value = given->value;
  }
  for (size_t i = 0; i < m->device_count; i++) {
    const struct manifest_device *d = &m->devices[i];
    if (!values[i][first_options[d->kind]])
      refuse(STATUS_DEVICE, "the %s device \"%s\" is not attached; add --%s:%s=%s; %s", device_kind_names[d->kind],
             d->name, device_options[first_options[d->kind]].option.name, d->name, examples[d->kind], declared(m));
  }
  for (size_t i = 0; i < m->device_count; i++) {
    const struct manifest_device *d = &m->devices[i];
    struct failure failure;
    int result = d->kind == DEVICE_NETWORK
                     ? attach_network(g, d, values[i], &failure)
                     : attach_block(g, d->name, values[i][OPTION_DISK], &failure);
    if (result < 0) refuse(STATUS_DEVICE, "%s device \"%s\": %s", device_kind_names[d->kind], d->name, failure.text);
    if (result > 0) warnings[i] = strdup(failure.text);
  }
  for (size_t i = 0; i < m->device_count && !c->quiet; i++)
    if (warnings[i]) warn(warnings[i]);
}
