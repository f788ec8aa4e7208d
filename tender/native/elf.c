#include "elf.h"

#include <elf.h>
#include <string.h>

#include "xxh64.h"

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

#define BUILD_ANEW "build it anew: fata build --native DIR"

/* Says what is wrong with the section, as in: "is truncated". Returns -1. */
__attribute__((format(printf, 2, 3), cold)) static int refuse(struct failure *failure, const char *format, ...) {
  char why[256];
  struct text t = {why, sizeof why, 0, NULL};
  va_list list;
  va_start(list, format);
  text_add_list(&t, format, list);
  va_end(list);
  return FAIL(failure, "the native section for " NATIVE_ARCHITECTURE " %s; " BUILD_ANEW, why);
}

/* `length` bytes of the file, or NULL where they do not lie in it. */
static const void *part(struct span file, uint64_t offset, uint64_t length) {
  if (length > file.length || offset > file.length - length) return NULL;
  return file.bytes + offset;
}

static int read_segment(struct native_image *image, struct span file, const Elf64_Phdr *h, struct failure *failure) {
  unsigned long long at = h->p_vaddr;
  if (image->segment_count == NATIVE_SEGMENTS_MAX) return refuse(failure, "has too many segments");
  const void *content = part(file, h->p_offset, h->p_filesz);
  if (!content) return refuse(failure, "is truncated: the segment at 0x%llx goes on", at);
  if (h->p_memsz == 0 || h->p_filesz > h->p_memsz) return refuse(failure, "has a segment at 0x%llx of no size", at);
  if (at < FATA_NATIVE_IMAGE || at >= FATA_NATIVE_IMAGE_END || h->p_memsz > FATA_NATIVE_IMAGE_END - at)
    return refuse(failure, "has a segment at 0x%llx, outside its place", at);
  if (at % FATA_NATIVE_SEGMENT_ALIGN != 0) return refuse(failure, "has a segment at 0x%llx, not at 64 KiB", at);
  if ((h->p_flags & PF_W) && (h->p_flags & PF_X))
    return refuse(failure, "has a segment at 0x%llx that is writable and executable", at);
  for (size_t i = 0; i < image->segment_count; i++) {
    const struct native_segment *other = &image->segments[i];
    if (at < other->address + other->memory_size && other->address < at + h->p_memsz)
      return refuse(failure, "has a segment at 0x%llx that overlaps another", at);
  }
  image->segments[image->segment_count++] =
      (struct native_segment){at, h->p_memsz, {content, h->p_filesz}, h->p_flags & (PF_R | PF_W | PF_X)};
  return 0;
}

static int read_segments(struct native_image *image, struct span file, const Elf64_Ehdr *e, struct failure *failure) {
  if (e->e_phentsize != sizeof(Elf64_Phdr)) return refuse(failure, "has program headers of a wrong size");
  const char *table = part(file, e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr));
  if (!table) return refuse(failure, "is truncated: the program headers go on");
  for (unsigned i = 0; i < e->e_phnum; i++) {
    Elf64_Phdr h;
    memcpy(&h, table + i * sizeof h, sizeof h);
    if (h.p_type == PT_INTERP || h.p_type == PT_DYNAMIC || h.p_type == PT_TLS)
      return refuse(failure, "needs a dynamic linker");
    if (h.p_type == PT_LOAD && read_segment(image, file, &h, failure) < 0) return -1;
  }
  return 0;
}

/* The bytes of the file at an address of a segment that can be read only, or NULL. */
static const void *constant_at(const struct native_image *image, uint64_t address, uint64_t length) {
  for (size_t i = 0; i < image->segment_count; i++) {
    const struct native_segment *s = &image->segments[i];
    if (s->flags != PF_R || address < s->address) continue;
    const void *at = part(s->content, address - s->address, length);
    if (at) return at;
  }
  return NULL;
}

bool native_is_code(const struct native_image *image, uint64_t address) {
  for (size_t i = 0; i < image->segment_count; i++) {
    const struct native_segment *s = &image->segments[i];
    if ((s->flags & PF_X) && address >= s->address && address - s->address < s->memory_size) return true;
  }
  return false;
}

static int read_entry(struct native_image *image, uint64_t address, struct failure *failure) {
  struct fata_native_entry *entry = &image->entry;
  const void *at = constant_at(image, address, sizeof *entry);
  if (!at) return refuse(failure, "has an entry outside its constants");
  memcpy(entry, at, sizeof *entry);
  if (entry->magic != FATA_NATIVE_ENTRY_MAGIC) return refuse(failure, "has an entry that is none");
  if (entry->version != FATA_NATIVE_VERSION)
    return refuse(failure, "speaks native ABI version %u, this tender version %u", entry->version,
                  FATA_NATIVE_VERSION);
  const uint64_t functions[] = {(uint64_t)entry->init, (uint64_t)entry->start, (uint64_t)entry->step,
                                (uint64_t)entry->event};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (!native_is_code(image, functions[i])) return refuse(failure, "has an entry outside its code");
  return 0;
}

/* Names are there to be printed in traps: none is fine, broken ones are not. */
static int read_names(struct native_image *image, struct span file, const Elf64_Ehdr *e, struct failure *failure) {
  Elf64_Shdr symbols, strings;
  if (e->e_shnum == 0) return 0;
  const char *table = part(file, e->e_shoff, (uint64_t)e->e_shnum * sizeof symbols);
  if (e->e_shentsize != sizeof symbols || !table) return refuse(failure, "is truncated: the section headers go on");
  for (unsigned i = 0; i < e->e_shnum; i++) {
    memcpy(&symbols, table + i * sizeof symbols, sizeof symbols);
    if (symbols.sh_type != SHT_SYMTAB) continue;
    if (symbols.sh_link >= e->e_shnum) return refuse(failure, "has names without strings");
    memcpy(&strings, table + symbols.sh_link * sizeof strings, sizeof strings);
    image->symbols = (struct span){part(file, symbols.sh_offset, symbols.sh_size), symbols.sh_size};
    image->strings = (struct span){part(file, strings.sh_offset, strings.sh_size), strings.sh_size};
    const struct span *s = &image->strings;
    if (!image->symbols.bytes || !s->bytes || s->length == 0 || s->bytes[s->length - 1] != 0)
      return refuse(failure, "is truncated: the names go on");
    return 0;
  }
  return 0;
}

static int read_elf(struct native_image *image, struct span file, struct failure *failure) {
  Elf64_Ehdr e;
  if (file.length < sizeof e) return refuse(failure, "is truncated");
  memcpy(&e, file.bytes, sizeof e);
  if (memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_ident[EI_CLASS] != ELFCLASS64 ||
      e.e_ident[EI_DATA] != ELFDATA2LSB || e.e_type != ET_EXEC)
    return refuse(failure, "holds no ELF file that can be executed");
  if (e.e_machine != MACHINE) return refuse(failure, "is for machine %u; expected %u", e.e_machine, MACHINE);
  if (read_segments(image, file, &e, failure) < 0 || read_entry(image, e.e_entry, failure) < 0) return -1;
  return read_names(image, file, &e, failure);
}

static bool is_native(const struct wasm_section *s) {
  size_t length = strlen(NATIVE_PREFIX);
  return s->id == 0 && s->name.length >= length && memcmp(s->name.bytes, NATIVE_PREFIX, length) == 0;
}

int native_read(struct native_image *image, const struct wasm *w, struct span file, struct failure *failure) {
  const struct wasm_section *found = NULL;
  size_t original = file.length;
  memset(image, 0, sizeof *image);
  for (size_t i = 0; i < w->section_count; i++) {
    const struct wasm_section *s = &w->sections[i];
    if (!is_native(s)) {
      if (original != file.length) return FAIL(failure, "its native sections are not the last ones; " BUILD_ANEW);
      continue;
    }
    if (original == file.length) original = s->offset;
    if (!span_is(s->name, NATIVE_SECTION)) continue;
    if (found) return FAIL(failure, "it has more than one native section for " NATIVE_ARCHITECTURE "; " BUILD_ANEW);
    found = s;
  }
  if (!found)
    return FAIL(failure, "it has no native section for " NATIVE_ARCHITECTURE
                "; add one: fata build --native=" NATIVE_ARCHITECTURE " DIR");
  struct span content = found->content;
  uint64_t hash = xxh64(file.bytes, original);
  if (content.length < sizeof hash) return refuse(failure, "is truncated");
  if (memcmp(&hash, content.bytes, sizeof hash) != 0) return refuse(failure, "is stale: the wasm has changed since");
  struct span elf = {content.bytes + sizeof hash, content.length - sizeof hash};
  return read_elf(image, elf, failure);
}

const char *native_function(const struct native_image *image, uint64_t address) {
  for (size_t at = 0; at + sizeof(Elf64_Sym) <= image->symbols.length; at += sizeof(Elf64_Sym)) {
    Elf64_Sym s;
    memcpy(&s, image->symbols.bytes + at, sizeof s);
    if (ELF64_ST_TYPE(s.st_info) != STT_FUNC || address < s.st_value || address - s.st_value >= s.st_size) continue;
    return s.st_name < image->strings.length ? (const char *)image->strings.bytes + s.st_name : NULL;
  }
  return NULL;
}
