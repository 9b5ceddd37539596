/* Regular lines of the NCSA formats taken apart in one pass: text that needs no care goes straight
 * into typed columns, Arrow's views of strings point into the block it stands in.
 *
 * A line is regular when every byte is printable ASCII other than a backslash and every part has
 * its usual form; any other line is `irregular`, and the caller takes it apart with care. So nothing
 * is decided here but what is beyond doubt. Nothing is read outside `data`, nothing is written
 * beyond the counted lines. */

#if defined(__linux__)
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* for madvise */
#endif
#include <sys/mman.h>
#endif
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LITERAL, WORD, HOST, USER, TIME, REQUEST, STATUS, BYTES, REFERRER, AGENT, QUOTED,
       QUOTED_USER, VHOST, QUOTED_NOTHING, KINDS };

/* With which ends a virtual host may stand: nothing, or a port. */
enum { ALONE = 1, WITH_PORT = 2 };

typedef struct {
    uint8_t kind, size, text[14]; /* of a literal; of a user the size is its rank, 0 the first; of a
                                   * virtual host its possible ends */
} step;

typedef struct {
    uint32_t size;
    union {
        uint8_t whole[12];
        struct {
            uint8_t prefix[4];
            int32_t buffer, offset;
        } far;
    } text;
} view;

/* Distinct texts, numbered from 1 in the order they were met. */
typedef struct {
    uint64_t seed;
    int64_t count, room;  /* texts */
    int64_t used, size;   /* bytes of all texts */
    int64_t slots;        /* a power of two */
    int64_t *ends;        /* ends[n] is where text n ends in `bytes`; ends[0] is 0 */
    uint8_t *bytes;
    uint64_t *hashes;     /* of the texts by number */
    uint64_t *places;     /* half the hash and the number, 0 where free */
    int64_t quads, quad_slots;
    uint64_t *quad_places; /* IPv4 address and its number, 0 where free */
} table;

/* The bulk of the bytes is looked at with the widest registers that the machine has. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

typedef struct {
    table *hosts, *paths, *referrers, *agents, *names, *vhosts;
    const uint8_t *name_kinds; /* of the names by number, as far as `kind_count` of them are known */
    int64_t kind_count;
    const uint8_t *telling; /* bits of the letters, by code, that a telling word may be of */
    int64_t *starts; /* of all lines */
    uint32_t *irregular;   /* numbers of irregular lines */
    /* of regular lines, in order */
    uint32_t *line;
    int64_t *time;
    uint16_t *status;
    uint64_t *bytes;
    uint8_t *method, *protocol;
    uint8_t *is_simple; /* the query */
    uint32_t *host, *path_no, *referrer_no, *agent, *vhost;
    view *path, *query, *referrer, *user;
    uint8_t *has_bytes, *has_query, *has_referrer, *has_user; /* bits */
    int64_t irregular_count;
} columns;

static uint64_t read8(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

static uint64_t mixed(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(const uint8_t *p, int64_t size, uint64_t seed) {
    uint64_t hash = seed ^ ((uint64_t)size * 0x9E3779B97F4A7C15u);
    uint8_t rest[16] = {0};
    for (; size > 16; p += 16, size -= 16)
        hash = mixed(read8(p) ^ 0xA0761D6478BD642Fu ^ hash, read8(p + 8) ^ seed);
    memcpy(rest, p, (size_t)size);
    hash = mixed(read8(rest) ^ 0xE7037ED1A0B428DBu ^ hash, read8(rest + 8) ^ seed);
    return mixed(hash ^ 0x8EBC6AF09C88C6E3u, seed | 1);
}

static uint64_t place_of(uint64_t hash, uint32_t number) { return hash >> 32 << 32 | number; }

enum { HUGE_PAGE = 2 << 20 };

/* Memory in which a look anywhere costs little: in pages of 4 KB each look would first wait for
 * where the page is. NULL when there is none. */
static void *room_for(size_t size) {
    if (size < HUGE_PAGE) return malloc(size);
    size_t whole = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *room = aligned_alloc(HUGE_PAGE, whole);
#ifdef MADV_HUGEPAGE
    if (room) madvise(room, whole, MADV_HUGEPAGE);
#endif
    return room;
}

/* Room for `wanted` bytes that begins with the `used` bytes of `old`, which is freed. */
static void *moved(void *old, size_t used, size_t wanted) {
    void *room = room_for(wanted);
    if (!room) return NULL;
    if (used) memcpy(room, old, used);
    free(old);
    return room;
}

static uint64_t *empty_places(size_t slots) {
    uint64_t *places = room_for(slots * sizeof *places);
    if (places) memset(places, 0, slots * sizeof *places);
    return places;
}

static int widen(table *t) {
    if (t->count >= UINT32_MAX - 2) return 0; /* a number has 32 bits */
    if (t->count + 2 > t->room) {
        int64_t room = t->room ? t->room * 2 : 1024;
        size_t used = t->room ? (size_t)(t->count + 1) * 8 : 0, wanted = (size_t)(room + 1) * 8;
        int64_t *ends = moved(t->ends, used, wanted);
        if (!ends) return 0;
        t->ends = ends;
        uint64_t *hashes = moved(t->hashes, used, wanted);
        if (!hashes) return 0;
        t->hashes = hashes;
        if (!t->room) t->ends[0] = 0;
        t->room = room;
    }
    if ((t->count + 1) * 2 > t->slots) {
        int64_t slots = t->slots ? t->slots * 2 : 4096;
        uint64_t *places = empty_places((size_t)slots);
        if (!places) return 0;
        for (int64_t number = 1; number <= t->count; number++) {
            uint64_t place = t->hashes[number] & (uint64_t)(slots - 1);
            while (places[place]) place = (place + 1) & (uint64_t)(slots - 1);
            places[place] = place_of(t->hashes[number], (uint32_t)number);
        }
        free(t->places);
        t->places = places;
        t->slots = slots;
    }
    return 1;
}

/* Number of a text by its hash, 0 when there is no memory for it. */
static uint32_t number_of(table *t, const uint8_t *text, int64_t size, uint64_t hash) {
    if ((t->count + 2 > t->room || (t->count + 1) * 2 > t->slots) && !widen(t)) return 0;
    uint64_t mask = (uint64_t)(t->slots - 1), place = hash & mask;
    for (uint64_t found; (found = t->places[place]); place = (place + 1) & mask) {
        uint32_t number = (uint32_t)found;
        if (found != place_of(hash, number)) continue;
        int64_t begin = t->ends[number - 1];
        if (t->ends[number] - begin == size && !memcmp(t->bytes + begin, text, (size_t)size))
            return number;
    }
    if (t->used + size > t->size) {
        int64_t wanted = t->size ? t->size * 2 : 1 << 16;
        while (wanted < t->used + size) wanted *= 2;
        uint8_t *bytes = moved(t->bytes, (size_t)t->used, (size_t)wanted);
        if (!bytes) return 0;
        t->bytes = bytes;
        t->size = wanted;
    }
    memcpy(t->bytes + t->used, text, (size_t)size);
    t->used += size;
    t->count++;
    t->ends[t->count] = t->used;
    t->hashes[t->count] = hash;
    t->places[place] = place_of(hash, (uint32_t)t->count);
    return (uint32_t)t->count;
}

static uint64_t quad_hash(const table *t, uint32_t address) {
    return mixed(address ^ t->seed, 0x8EBC6AF09C88C6E3u);
}

static uint64_t quad_place(const table *t, uint32_t address) {
    uint64_t mask = (uint64_t)(t->quad_slots - 1);
    uint64_t place = quad_hash(t, address) & mask;
    while (t->quad_places[place] && (uint32_t)(t->quad_places[place] >> 32) != address)
        place = (place + 1) & mask;
    return place;
}

static int widen_quads(table *t) {
    int64_t before = t->quad_slots;
    uint64_t *old = t->quad_places, *places;
    places = empty_places((size_t)(before ? before * 2 : 4096));
    if (!places) return 0;
    t->quad_slots = before ? before * 2 : 4096;
    t->quad_places = places;
    for (int64_t place = 0; place < before; place++)
        if (old[place]) places[quad_place(t, (uint32_t)(old[place] >> 32))] = old[place];
    free(old);
    return 1;
}

/* The address in `a.b.c.d` without leading zeros, -1 where it is none. */
static int64_t quad_of(const uint8_t *p, int64_t size) {
    int64_t address = 0;
    const uint8_t *end = p + size;
    if (size > 15) return -1;
    for (int part = 0; part < 4; part++) {
        const uint8_t *begin = p;
        int octet = 0;
        while (p < end && p - begin < 4 && *p >= '0' && *p <= '9') octet = octet * 10 + *p++ - '0';
        if (p == begin || p - begin > 3 || octet > 255 || (*begin == '0' && p - begin > 1))
            return -1;
        address = address << 8 | octet;
        if (part < 3 ? p == end || *p++ != '.' : p != end) return -1;
    }
    return address;
}

/* An IPv4 address is found without comparing text. */
static uint32_t number_of_quad(table *t, const uint8_t *text, int64_t size, int64_t address) {
    if ((t->quads + 1) * 2 > t->quad_slots && !widen_quads(t)) return 0;
    uint64_t place = quad_place(t, (uint32_t)address);
    if (t->quad_places[place]) return (uint32_t)t->quad_places[place];
    uint32_t number = number_of(t, text, size, hash_of(text, size, t->seed));
    if (number) {
        t->quad_places[place] = (uint64_t)address << 32 | number;
        t->quads++;
    }
    return number;
}

/* Texts whose numbers are wanted. They wait for a while, so that memory is there when it is
 * looked at. */
typedef struct {
    table *of;
    const uint8_t *text;
    int64_t size, address; /* of a host: -1 for none */
    uint64_t hash;
    uint32_t *number;
} wanted;

enum { MOST_WANTED = 64 };

typedef struct {
    wanted all[MOST_WANTED];
    int count;
} queue;

/* The text that one wants the number of may be known as this one; 0: it is not. */
static uint32_t guess(const wanted *w) {
    const table *t = w->of;
    return w->address < 0 && t->slots ? (uint32_t)t->places[w->hash & (uint64_t)(t->slots - 1)] : 0;
}

static int answer(queue *q) {
    const wanted *end = q->all + q->count;
    uint32_t number;
    for (const wanted *w = q->all; w < end; w++)
        if ((number = guess(w))) __builtin_prefetch(w->of->ends + number - 1);
    for (const wanted *w = q->all; w < end; w++)
        if ((number = guess(w))) __builtin_prefetch(w->of->bytes + w->of->ends[number - 1]);
    for (wanted *w = q->all; w < q->all + q->count; w++) {
        *w->number = w->address < 0 ? number_of(w->of, w->text, w->size, w->hash)
                                    : number_of_quad(w->of, w->text, w->size, w->address);
        if (!*w->number) return 0;
    }
    q->count = 0;
    return 1;
}

static int want(queue *q, table *t, const uint8_t *text, int64_t size, int64_t address,
                uint32_t *number) {
    if (q->count == MOST_WANTED && !answer(q)) return 0;
    uint64_t hash = address < 0 ? hash_of(text, size, t->seed) : quad_hash(t, (uint32_t)address);
    if (address < 0 && t->slots) __builtin_prefetch(t->places + (hash & (uint64_t)(t->slots - 1)));
    if (address >= 0 && t->quad_slots)
        __builtin_prefetch(t->quad_places + (hash & (uint64_t)(t->quad_slots - 1)));
    q->all[q->count++] = (wanted){t, text, size, address, hash, number};
    return 1;
}

void mimamori_forget(table *t) {
    free(t->ends), free(t->bytes), free(t->hashes), free(t->places), free(t->quad_places);
    *t = (table){.seed = t->seed};
}

/* Which of `count` lines hold nothing but texts that need no care, by the numbers of these. */
void mimamori_mark(int64_t count, const uint32_t *host, const uint8_t *hosts,
                   const uint32_t *path, const uint8_t *paths, const uint32_t *referrer,
                   const uint8_t *referrers, const uint32_t *agent, const uint8_t *agents,
                   uint8_t *marks) {
    for (int64_t row = 0; row < count; row++)
        marks[row] = hosts[host[row]] & paths[path[row]] & referrers[referrer[row]] &
                     agents[agent[row]];
}

/* Line feeds in `data`. */
WIDE int64_t mimamori_count(const uint8_t *data, int64_t size) {
    int64_t count = 0;
    while (size > 0) {
        int64_t part = size < 128 ? size : 128;
        uint8_t few = 0; /* so narrow that many fit into a register */
        for (int64_t at = 0; at < part; at++) few += data[at] == '\n';
        count += few;
        data += part, size -= part;
    }
    return count;
}

static view view_of(const uint8_t *data, const uint8_t *text, int64_t size) {
    view v = {.size = (uint32_t)size};
    if (size <= 12) {
        memcpy(v.text.whole, text, (size_t)size);
    } else {
        memcpy(v.text.far.prefix, text, 4);
        v.text.far.offset = (int32_t)(text - data);
    }
    return v;
}

static void mark(uint8_t *bits, int64_t row) { bits[row >> 3] |= (uint8_t)(1 << (row & 7)); }

WIDE static int is_clean(const uint8_t *p, int64_t size) {
    uint8_t bad = 0;
    for (int64_t at = 0; at < size; at++)
        bad |= (uint8_t)((uint8_t)(p[at] - 0x20) >= 0x5F) | (uint8_t)(p[at] == '\\');
    return !bad;
}

/* The number in `size` digits, -1 where one is none. */
static int64_t digits(const uint8_t *p, int size) {
    int64_t number = 0;
    for (int at = 0; at < size; at++) {
        if (p[at] < '0' || p[at] > '9') return -1;
        number = number * 10 + p[at] - '0';
    }
    return number;
}

enum { TIME_SIZE = 26 };

/* Microseconds since 1970 of `dd/Mon/yyyy:hh:mm:ss +hhmm`, -1 where it is none of 1970 to 2099. */
static int64_t instant(const uint8_t *p) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (p[2] != '/' || p[6] != '/' || p[11] != ':' || p[14] != ':' || p[17] != ':' ||
        p[20] != ' ' || (p[21] != '+' && p[21] != '-'))
        return -1;
    int64_t day = digits(p, 2), year = digits(p + 7, 4), hour = digits(p + 12, 2);
    int64_t minute = digits(p + 15, 2), second = digits(p + 18, 2);
    int64_t east = digits(p + 22, 2), more = digits(p + 24, 2), month = 0;
    while (month < 12 && memcmp(months + 3 * month, p + 3, 3)) month++;
    if (month == 12 || year < 1970 || year > 2099 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59 || east < 0 || east > 14 || more < 0 || more > 59)
        return -1;
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > lengths[month] + (month == 1 && is_leap)) return -1;
    int64_t days = day - 1;
    for (int64_t other = 0; other < month; other++)
        days += lengths[other] + (other == 1 && is_leap);
    days += 365 * (year - 1970) + (year - 1969) / 4 - (year > 2000 ? (year - 1901) / 100 : 0) +
            (year > 2000 ? (year - 1601) / 400 : 0);
    int64_t minutes = east * 60 + more;
    int64_t seconds =
        days * 86400 + hour * 3600 + (minute - (p[21] == '-' ? -minutes : minutes)) * 60 + second;
    return seconds < 0 || seconds >= 4102444800 ? -1 : seconds * 1000000;
}

static const char *const METHODS[] = {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"};
static const char *const PROTOCOLS[] = {"HTTP/1.1", "HTTP/1.0", "HTTP/2.0",
                                        "HTTP/2",   "HTTP/3.0", "HTTP/3"};

static int one_of(const char *const *names, int count, const uint8_t *text, int64_t size) {
    for (int each = 0; each < count; each++)
        if ((int64_t)strlen(names[each]) == size && !memcmp(names[each], text, (size_t)size))
            return each;
    return -1;
}

static int is_nothing(const uint8_t *text, int64_t size) {
    return size == 0 || (size == 1 && *text == '-');
}

/* Kinds of parameters: any value but a secret's or a person's; whose digits are an id; where several
 * words may stand. */
enum { HARMLESS = 1, ID = 2, TEXT = 4 };
enum { LONGEST_NAME = 32, LONGEST_VALUE = 11, MOST_DIGITS = 8, FEW_DIGITS = 2, FRAME_DIGITS = 6 };

static int is_word(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '.' || byte == '~';
}

static int hex(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* The byte that is escaped as `%hh`, -1 where none is. */
static int escaped(const uint8_t *p) {
    int high = hex(p[1]), low = hex(p[2]);
    return *p == '%' && high >= 0 && low >= 0 ? high << 4 | low : -1;
}

enum { LETTER_SIZE = 9 };

/* The escaped Japanese letter that stands there, 0 where none does: UTF-8 of U+3041 to U+9FFF, in
 * which no digit, mark or sign of another width is. */
static int letter(const uint8_t *p, const uint8_t *end) {
    if (end - p < LETTER_SIZE) return 0;
    int first = escaped(p), second = escaped(p + 3), third = escaped(p + 6);
    if (first < 0xE3 || first > 0xE9 || second < (first == 0xE3 ? 0x81 : 0x80) || second > 0xBF ||
        third < 0x80 || third > 0xBF)
        return 0;
    return (first & 0x0F) << 12 | (second & 0x3F) << 6 | (third & 0x3F);
}

/* Whether nothing in a query is to be masked, beyond doubt: all its parameters are known to be
 * harmless, and each value is a short word, or some and Japanese letters where text may stand, or the
 * digits of an id. Not letters and an id in one query: a word may say that an id is a person's; nor a
 * letter that may be of a telling word, nor letters and several digits in one value, nor what may be
 * the number of a vehicle's frame: capitals, a hyphen and many digits. -1: no memory. */
static int is_simple_query(columns *out, const uint8_t *p, const uint8_t *end) {
    int is_simple = 1, has_letters = 0, has_id = 0;
    while (p < end) {
        const uint8_t *begin = p;
        uint8_t kind = HARMLESS;
        while (p < end && is_word(*p)) p++;
        if (p < end && *p == '=') {
            if (p == begin || p - begin > LONGEST_NAME) return 0;
            uint64_t hash = hash_of(begin, p - begin, out->names->seed);
            int64_t number = number_of(out->names, begin, p - begin, hash);
            if (!number) return -1;
            kind = number < out->kind_count ? out->name_kinds[number] : 0;
            begin = ++p;
        }
        int64_t size = 0, count = 0, letters = 0, spaces = 0, capitals = 0, hyphens = 0;
        while (p < end && *p != '&') {
            int code;
            if (is_word(*p) || *p == '+') {
                count += *p >= '0' && *p <= '9';
                spaces += *p == '+';
                capitals += *p >= 'A' && *p <= 'Z';
                hyphens += *p == '-';
                size++, p++;
            } else if ((code = letter(p, end)) && !(out->telling[code >> 3] & 1 << (code & 7))) {
                letters++;
                p += LETTER_SIZE;
            } else {
                return 0;
            }
        }
        int is_short = size <= LONGEST_VALUE && count <= (letters ? FEW_DIGITS : MOST_DIGITS) &&
                       (kind & TEXT || !(letters || spaces)) &&
                       !(capitals && hyphens && count > FRAME_DIGITS);
        int is_id = kind & ID && count == p - begin;
        is_simple &= kind & HARMLESS ? is_short || is_id : 0;
        has_letters |= letters > 0;
        has_id |= !is_short;
        if (p < end) p++;
    }
    return is_simple && !(has_letters && has_id);
}

enum { LONGEST_VHOST = 253, LONGEST_PORT = 5 }; /* RFC 1035 */

/* How many bytes of a virtual host are its name, 0 where it has another form: letters, digits, dots,
 * hyphens and underscores, and behind a colon a port. */
static int64_t vhost_size(const uint8_t *p, int64_t size, int ends) {
    int64_t name = 0, port;
    while (name < size && is_word(p[name]) && p[name] != '~') name++;
    if (name > LONGEST_VHOST) return 0;
    if (name == size) return ends & ALONE ? name : 0;
    port = size - name - 1;
    if (!(ends & WITH_PORT) || p[name] != ':' || port < 1 || port > LONGEST_PORT) return 0;
    return digits(p + name + 1, (int)port) < 0 ? 0 : name;
}

/* `METHOD /path?query HTTP/x` */
static int take_request(const uint8_t *data, const uint8_t *p, const uint8_t *end, columns *out,
                        int64_t row, queue *q) {
    const uint8_t *target = memchr(p, ' ', (size_t)(end - p));
    if (!target) return 0;
    int method = one_of(METHODS, 7, p, target - p);
    target++;
    const uint8_t *after = memchr(target, ' ', (size_t)(end - target));
    if (method < 0 || !after || *target != '/') return 0;
    int protocol = one_of(PROTOCOLS, 6, after + 1, end - after - 1);
    if (protocol < 0) return 0;
    const uint8_t *query = memchr(target, '?', (size_t)(after - target));
    const uint8_t *path_end = query ? query : after;
    out->method[row] = (uint8_t)method;
    out->protocol[row] = (uint8_t)protocol;
    out->path[row] = view_of(data, target, path_end - target);
    out->query[row] = (view){0};
    out->is_simple[row] = 1;
    if (query && ++query < after) {
        out->query[row] = view_of(data, query, after - query);
        mark(out->has_query, row);
        int is_simple = is_simple_query(out, query, after);
        if (is_simple < 0) return -1;
        out->is_simple[row] = (uint8_t)is_simple;
    }
    return want(q, out->paths, target, path_end - target, -1, &out->path_no[row]) ? 1 : -1;
}

typedef struct {
    uint8_t text[TIME_SIZE];
    int64_t instant;
} last_time;

static int is_same_time(const uint8_t *a, const uint8_t *b) {
    return !((read8(a) ^ read8(b)) | (read8(a + 8) ^ read8(b + 8)) | (read8(a + 16) ^ read8(b + 16)) |
             (read8(a + TIME_SIZE - 8) ^ read8(b + TIME_SIZE - 8)));
}

/* 1: a regular line, written to `row`; 0: an irregular one; -1: no memory. */
static int take_line(const uint8_t *data, const uint8_t *p, const uint8_t *end, const step *steps,
                     int32_t step_count, columns *out, int64_t row, last_time *last,
                     queue *q) {
    const uint8_t *host = 0, *referrer = 0, *agent = 0, *user = 0, *request = 0, *vhost = 0;
    int64_t host_size = 0, referrer_size = 0, agent_size = 0, user_size = 0, request_size = 0;
    int64_t vhost_length = 0;
    int has_bytes = 0, rank = 0;
    for (int32_t number = 0; number < step_count; number++) {
        const step *s = &steps[number];
        const uint8_t *begin = p;
        switch (s->kind) {
        case LITERAL:
            if (end - p < s->size) return 0;
            for (int at = 0; at < s->size; at++) /* two or three, mostly */
                if (p[at] != s->text[at]) return 0;
            p += s->size;
            continue;
        case TIME:
            if (end - p < TIME_SIZE) return 0;
            if (!is_same_time(last->text, p)) {
                memcpy(last->text, p, TIME_SIZE);
                last->instant = instant(p);
            }
            if (last->instant < 0) return 0;
            out->time[row] = last->instant;
            p += TIME_SIZE;
            continue;
        case REQUEST:
        case REFERRER:
        case AGENT:
        case QUOTED:
        case QUOTED_USER:
        case QUOTED_NOTHING:
            p = memchr(p, '"', (size_t)(end - p));
            if (!p) return 0;
            break;
        default:
            while (p < end && *p != ' ') {
                if (*p == '"' || *p == '[' || *p == ']') return 0;
                p++;
            }
            if (p == begin) return 0;
        }
        int64_t size = p - begin;
        switch (s->kind) {
        case HOST:
            host = begin, host_size = size;
            break;
        case VHOST:
            vhost = begin, vhost_length = vhost_size(begin, size, s->size);
            if (!vhost_length) return 0;
            break;
        case QUOTED_NOTHING:
            if (!is_nothing(begin, size)) return 0;
            break;
        case USER:
        case QUOTED_USER:
            if (is_nothing(begin, size)) break;
            if (*begin == ' ' || begin[size - 1] == ' ') return 0;
            if (!user || s->size < rank) user = begin, user_size = size, rank = s->size;
            break;
        case REQUEST:
            request = begin, request_size = size;
            break;
        case REFERRER:
            referrer = begin, referrer_size = size;
            break;
        case AGENT:
            agent = begin, agent_size = size;
            break;
        case STATUS: {
            int64_t status = size == 3 ? digits(begin, 3) : -1;
            if (status < 1) return 0;
            out->status[row] = (uint16_t)status;
            break;
        }
        case BYTES:
            out->bytes[row] = 0;
            if (is_nothing(begin, size)) break;
            int64_t bytes = size <= 18 ? digits(begin, (int)size) : -1;
            if (bytes < 0) return 0;
            out->bytes[row] = (uint64_t)bytes;
            has_bytes = 1;
        }
    }
    if (p != end || !host || !request) return 0;
    int taken = take_request(data, request, request + request_size, out, row, q);
    if (taken != 1) return taken;
    if (!want(q, out->hosts, host, host_size, quad_of(host, host_size), &out->host[row]))
        return -1;
    out->referrer_no[row] = out->agent[row] = out->vhost[row] = 0;
    if (vhost && !is_nothing(vhost, vhost_length)) {
        if (!want(q, out->vhosts, vhost, vhost_length, -1, &out->vhost[row])) return -1;
    }
    out->referrer[row] = out->user[row] = (view){0};
    if (referrer && !is_nothing(referrer, referrer_size)) {
        out->referrer[row] = view_of(data, referrer, referrer_size);
        if (!want(q, out->referrers, referrer, referrer_size, -1, &out->referrer_no[row]))
            return -1;
        mark(out->has_referrer, row);
    }
    if (agent && !is_nothing(agent, agent_size)) {
        if (!want(q, out->agents, agent, agent_size, -1, &out->agent[row])) return -1;
    }
    if (user) {
        out->user[row] = view_of(data, user, user_size);
        mark(out->has_user, row);
    }
    if (has_bytes) mark(out->has_bytes, row);
    return 1;
}

/* Whether views can point into a text of a size, lines have numbers, and steps are known ones. */
static int are_known(int64_t size, int64_t count, const step *steps, int32_t step_count) {
    if (size < 0 || size > INT32_MAX || count < 0 || count > UINT32_MAX || step_count < 0) return 0;
    for (int32_t number = 0; number < step_count; number++)
        if (steps[number].kind >= KINDS || steps[number].size > sizeof steps[number].text) return 0;
    return 1;
}

enum { NO_MEMORY = -1, UNKNOWN = -2 };

/* Take the first `count` lines of `data`, each with a line feed at its end, apart; return how many
 * are regular, NO_MEMORY, or UNKNOWN where this is nothing for it. A carriage return before the line
 * feed is no part of the line. Of lines that are not there only `starts` tells: the end. */
int64_t mimamori_split(const uint8_t *data, int64_t size, int64_t count, const step *steps,
                       int32_t step_count, columns *out) {
    if (!are_known(size, count, steps, step_count)) return UNKNOWN;
    const uint8_t *p = data, *end = data + size;
    int64_t row = 0, number = 0;
    last_time last = {.instant = -1};
    queue asked = {.count = 0};
    out->irregular_count = 0;
    for (; number < count && p < end; number++) {
        const uint8_t *line_end = memchr(p, '\n', (size_t)(end - p));
        if (!line_end) break;
        const uint8_t *text_end = line_end;
        while (text_end > p && text_end[-1] == '\r') text_end--;
        out->starts[number] = p - data;
        int taken = 0;
        if (*p != '#' && is_clean(p, text_end - p)) {
            taken = take_line(data, p, text_end, steps, step_count, out, row, &last, &asked);
            if (taken < 0) return NO_MEMORY;
        }
        if (taken)
            out->line[row++] = (uint32_t)number;
        else
            out->irregular[out->irregular_count++] = (uint32_t)number;
        p = line_end + 1;
    }
    for (; number <= count; number++) out->starts[number] = p - data;
    return answer(&asked) ? row : NO_MEMORY;
}

/* What is written to a text of a room; what goes beyond it is only counted. */
typedef struct {
    char *text;
    int64_t room, size;
} page;

static void tell(page *p, const char *what, const char *name, size_t first, size_t second) {
    int64_t left = p->size < p->room ? p->room - p->size : 0;
    int size = snprintf(left ? p->text + p->size : NULL, (size_t)left, "%s.%s %zu %zu\n", what, name,
                        first, second);
    p->size += size > 0 ? size : 0;
}

#define WHOLE(type) tell(&p, #type, "*", sizeof(type), _Alignof(type))
#define PART(type, name) tell(&p, #type, #name, offsetof(type, name), sizeof(((type *)0)->name))
#define COLUMN(name) \
    PART(columns, name); \
    tell(&p, "row", #name, 0, sizeof(*((columns *)0)->name))

/* Write how this side sees what it shares with the other, a line for each part, to `text` as far as
 * there is room (with a NUL at its end, as snprintf does); return the bytes of the whole. */
int64_t mimamori_layout(char *text, int64_t room) {
    page p = {text, room > 0 ? room : 0, 0};
    WHOLE(step), PART(step, kind), PART(step, size), PART(step, text);
    WHOLE(table), PART(table, seed), PART(table, count), PART(table, room), PART(table, used);
    PART(table, size), PART(table, slots), PART(table, ends), PART(table, bytes);
    PART(table, hashes), PART(table, places), PART(table, quads), PART(table, quad_slots);
    PART(table, quad_places);
    WHOLE(columns), PART(columns, hosts), PART(columns, paths), PART(columns, referrers);
    PART(columns, agents), PART(columns, names), PART(columns, vhosts);
    PART(columns, name_kinds), PART(columns, kind_count), PART(columns, telling), PART(columns, starts), PART(columns, irregular);
    COLUMN(line);
    COLUMN(time);
    COLUMN(status);
    COLUMN(bytes);
    COLUMN(method);
    COLUMN(protocol);
    COLUMN(is_simple);
    COLUMN(host);
    COLUMN(path_no);
    COLUMN(referrer_no);
    COLUMN(agent);
    COLUMN(vhost);
    COLUMN(path);
    COLUMN(query);
    COLUMN(referrer);
    COLUMN(user);
    PART(columns, has_bytes), PART(columns, has_query), PART(columns, has_referrer);
    PART(columns, has_user), PART(columns, irregular_count);
    static const char *const kinds[KINDS] = {
        [LITERAL] = "LITERAL", [WORD] = "WORD",         [HOST] = "HOST",   [USER] = "USER",
        [TIME] = "TIME",       [REQUEST] = "REQUEST",   [STATUS] = "STATUS", [BYTES] = "BYTES",
        [REFERRER] = "REFERRER", [AGENT] = "AGENT",     [QUOTED] = "QUOTED",
        [QUOTED_USER] = "QUOTED_USER", [VHOST] = "VHOST",
        [QUOTED_NOTHING] = "QUOTED_NOTHING",
    };
    for (size_t kind = 0; kind < KINDS; kind++) tell(&p, "kind", kinds[kind], kind, 0);
    for (size_t each = 0; each < 7; each++) tell(&p, "method", METHODS[each], each, 0);
    for (size_t each = 0; each < 6; each++) tell(&p, "protocol", PROTOCOLS[each], each, 0);
    tell(&p, "parameter", "HARMLESS", HARMLESS, 0);
    tell(&p, "parameter", "ID", ID, 0);
    tell(&p, "parameter", "TEXT", TEXT, 0);
    tell(&p, "end", "ALONE", ALONE, 0);
    tell(&p, "end", "WITH_PORT", WITH_PORT, 0);
    return p.size;
}
