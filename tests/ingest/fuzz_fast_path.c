/* Texts that nobody wrote, for `fast_path.c` under AddressSanitizer and UndefinedBehaviorSanitizer.
 *
 * All buffers have just the size that the library may use, so that a byte beyond one is told; what
 * comes out is checked against what went in. Memory runs out now and then.
 *
 *     gcc -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I pipelines/ingest/native \
 *         -o fuzz tests/ingest/fuzz_fast_path.c
 *     ./fuzz INPUTS SEED FILE   # lines of FILE are what inputs are made of
 *
 * With clang, -DLIBFUZZER -fsanitize=fuzzer,address,undefined makes a target of libFuzzer. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

static uint64_t chance_state = 1;
static uint64_t failing; /* of so many allocations one fails; 0: none */
static int has_failed;
static long long regular_lines, irregular_lines;

static uint64_t chance(uint64_t below) {
    chance_state ^= chance_state << 13, chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return below ? (chance_state >> 11) % below : 0;
}

static int fails(void) {
    int failed = failing && !chance(failing);
    has_failed |= failed;
    return failed;
}

static void *sparing_malloc(size_t size) { return fails() ? NULL : malloc(size); }
static void *sparing_aligned(size_t to, size_t size) { return fails() ? NULL : aligned_alloc(to, size); }

#define malloc sparing_malloc
#define aligned_alloc sparing_aligned
#include "fast_path.c"
#undef malloc
#undef aligned_alloc

#define HOLDS(claim) \
    do { \
        if (!(claim)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
            abort(); \
        } \
    } while (0)

static const step COMMON[] = {
    {HOST, 0, ""}, {LITERAL, 1, " "}, {WORD, 0, ""}, {LITERAL, 1, " "}, {USER, 0, ""},
    {LITERAL, 2, " ["}, {TIME, 0, ""}, {LITERAL, 3, "] \""}, {REQUEST, 0, ""}, {LITERAL, 2, "\" "},
    {STATUS, 0, ""}, {LITERAL, 1, " "}, {BYTES, 0, ""}, {LITERAL, 2, " \""}, {REFERRER, 0, ""},
    {LITERAL, 3, "\" \""}, {AGENT, 0, ""}, {LITERAL, 1, "\""}, {LITERAL, 2, " \""}, {QUOTED, 0, ""},
    {LITERAL, 1, "\""},
};
static const step IRREGULAR[] = {
    {TIME, 0, ""}, {LITERAL, 14, "              "}, {BYTES, 0, ""}, {HOST, 0, ""}, {REQUEST, 0, ""},
    {LITERAL, 0, ""}, {AGENT, 0, ""}, {WORD, 0, ""}, {REFERRER, 0, ""}, {STATUS, 0, ""},
};
/* `common` whose user is behind the size, else in front. */
static const step USERS[] = {
    {HOST, 0, ""}, {LITERAL, 1, " "}, {WORD, 0, ""}, {LITERAL, 1, " "}, {USER, 1, ""},
    {LITERAL, 2, " ["}, {TIME, 0, ""}, {LITERAL, 3, "] \""}, {REQUEST, 0, ""}, {LITERAL, 2, "\" "},
    {STATUS, 0, ""}, {LITERAL, 1, " "}, {BYTES, 0, ""}, {LITERAL, 2, " \""}, {QUOTED_USER, 0, ""},
    {LITERAL, 3, "\" \""}, {QUOTED_USER, 14, ""}, {LITERAL, 1, "\""},
};
/* `combined` behind a virtual host, its port or neither, then a field with nothing in it. */
#define BEHIND_VHOST(ends) \
    {VHOST, ends, ""}, {LITERAL, 1, " "}, {HOST, 0, ""}, {LITERAL, 1, " "}, {WORD, 0, ""}, \
    {LITERAL, 1, " "}, {USER, 0, ""}, {LITERAL, 2, " ["}, {TIME, 0, ""}, {LITERAL, 3, "] \""}, \
    {REQUEST, 0, ""}, {LITERAL, 2, "\" "}, {STATUS, 0, ""}, {LITERAL, 1, " "}, {BYTES, 0, ""}, \
    {LITERAL, 2, " \""}, {REFERRER, 0, ""}, {LITERAL, 3, "\" \""}, {AGENT, 0, ""}, \
    {LITERAL, 1, "\""}, {LITERAL, 2, " \""}, {QUOTED_NOTHING, 0, ""}, {LITERAL, 1, "\""},
static const step ANY_VHOST[] = {BEHIND_VHOST(ALONE | WITH_PORT)};
static const step VHOST_WITH_PORT[] = {BEHIND_VHOST(WITH_PORT)};
/* `common`, `combined`, `combined` and a quoted field, virtual hosts, users, and what no format is. */
static const struct {
    const step *steps;
    int32_t count;
} FORMATS[] = {{COMMON, 13}, {COMMON, 18}, {COMMON, 21}, {ANY_VHOST, 20}, {ANY_VHOST, 23},
               {VHOST_WITH_PORT, 20}, {USERS, 18}, {IRREGULAR, 10}, {COMMON, 0}, {COMMON + 2, 7}};

enum { TABLES = 6 };
static table tables[TABLES];

/* Room for `count` parts of a size, no byte more. */
static void *exactly(int64_t count, size_t size) {
    void *room = malloc(count > 0 ? (size_t)count * size : 1);
    HOLDS(room);
    if (count > 0) memset(room, 0xA5, (size_t)count * size);
    return room;
}

static void check_view(const uint8_t *data, int64_t size, const view *v) {
    static volatile uint8_t seen;
    HOLDS(v->size <= size);
    if (v->size <= 12) return;
    HOLDS(v->text.far.buffer == 0 && v->text.far.offset >= 0);
    HOLDS((int64_t)v->text.far.offset + v->size <= size);
    HOLDS(!memcmp(v->text.far.prefix, data + v->text.far.offset, 4));
    seen = data[v->text.far.offset + v->size - 1];
    (void)seen;
}

/* A text by its number is what stands in the line. */
static void check_number(const table *t, uint32_t number, const uint8_t *data, const view *v) {
    HOLDS(number >= 1 && number <= (uint64_t)t->count);
    int64_t begin = t->ends[number - 1], size = t->ends[number] - begin;
    HOLDS(begin >= 0 && size > 0 && t->ends[number] <= t->used && t->used <= t->size);
    if (!v) return;
    HOLDS(size == v->size);
    const uint8_t *text = v->size <= 12 ? v->text.whole : data + v->text.far.offset;
    HOLDS(!memcmp(t->bytes + begin, text, (size_t)size));
}

static int is_marked(const uint8_t *bits, int64_t row) { return bits[row >> 3] >> (row & 7) & 1; }

static void check_rows(const uint8_t *data, int64_t size, const columns *out, int64_t regular) {
    for (int64_t row = 0; row < regular; row++) {
        HOLDS(out->time[row] >= 0 || out->time[row] == INT64_C(-6510615555426900571)); /* untouched */
        HOLDS(out->method[row] < 7 && out->protocol[row] < 6 && out->is_simple[row] < 2);
        check_view(data, size, &out->path[row]);
        check_number(out->paths, out->path_no[row], data, &out->path[row]);
        check_number(out->hosts, out->host[row], data, NULL);
        check_view(data, size, &out->query[row]);
        check_view(data, size, &out->referrer[row]);
        check_view(data, size, &out->user[row]);
        HOLDS(is_marked(out->has_query, row) == (out->query[row].size > 0));
        HOLDS(is_marked(out->has_user, row) == (out->user[row].size > 0));
        HOLDS(is_marked(out->has_referrer, row) == (out->referrer[row].size > 0));
        if (out->referrer_no[row])
            check_number(out->referrers, out->referrer_no[row], data, &out->referrer[row]);
        if (out->agent[row]) check_number(out->agents, out->agent[row], data, NULL);
        if (out->vhost[row]) check_number(out->vhosts, out->vhost[row], data, NULL);
    }
}

static void check_marks(const columns *out, int64_t regular) {
    uint8_t *of[4], *marks = exactly(regular, 1);
    const table *t[4] = {out->hosts, out->paths, out->referrers, out->agents};
    for (int each = 0; each < 4; each++) {
        of[each] = exactly(t[each]->count + 1, 1);
        memset(of[each], 1, (size_t)t[each]->count + 1);
        of[each][chance((uint64_t)t[each]->count + 1)] = 0;
    }
    mimamori_mark(regular, out->host, of[0], out->path_no, of[1], out->referrer_no, of[2], out->agent,
                  of[3], marks);
    for (int64_t row = 0; row < regular; row++)
        HOLDS(marks[row] == (of[0][out->host[row]] && of[1][out->path_no[row]] &&
                             of[2][out->referrer_no[row]] && of[3][out->agent[row]]));
    for (int each = 0; each < 4; each++) free(of[each]);
    free(marks);
}

static void forget_all(void) {
    for (int each = 0; each < TABLES; each++) {
        mimamori_forget(&tables[each]);
        HOLDS(!tables[each].count && !tables[each].bytes);
        tables[each].seed = chance(UINT64_MAX);
    }
}

static void split(const uint8_t *text, int64_t size) {
    uint8_t *data = exactly(size, 1);
    memcpy(data, text, (size_t)size);
    int64_t lines = 0, parts = (int64_t)(sizeof FORMATS / sizeof *FORMATS);
    for (int64_t at = 0; at < size; at++) lines += data[at] == '\n';
    HOLDS(mimamori_count(data, size) == lines);
    int64_t count = chance(8) ? lines : (int64_t)chance((uint64_t)lines + 4);
    int format = (int)chance(chance(3) ? 6 : (uint64_t)parts);
    step *steps = exactly(FORMATS[format].count, sizeof *steps);
    memcpy(steps, FORMATS[format].steps, (size_t)FORMATS[format].count * sizeof *steps);
    int64_t kinds = (int64_t)chance((uint64_t)tables[4].count + 9);
    uint8_t *name_kinds = exactly(kinds, 1);
    for (int64_t kind = 0; kind < kinds; kind++) name_kinds[kind] = (uint8_t)chance(8);
    static uint8_t telling[0x10000 / 8];
    for (size_t each = 0; each < sizeof telling; each++) telling[each] = (uint8_t)chance(256);
    columns out = {
        .hosts = &tables[0], .paths = &tables[1], .referrers = &tables[2], .agents = &tables[3],
        .names = &tables[4], .vhosts = &tables[5], .name_kinds = name_kinds, .kind_count = kinds,
        .telling = telling,
    };
#define ROOM(name) out.name = exactly(count, sizeof *out.name)
#define BITS(name) out.name = exactly((count + 7) / 8, 1), memset(out.name, 0, (size_t)(count + 7) / 8)
    out.starts = exactly(count + 1, sizeof *out.starts);
    ROOM(irregular), ROOM(line), ROOM(time), ROOM(status), ROOM(bytes), ROOM(method), ROOM(protocol);
    ROOM(is_simple), ROOM(host), ROOM(path_no), ROOM(referrer_no), ROOM(agent), ROOM(vhost);
    ROOM(path), ROOM(query), ROOM(referrer), ROOM(user);
    BITS(has_bytes), BITS(has_query), BITS(has_referrer), BITS(has_user);
    has_failed = 0;
    int64_t regular = mimamori_split(data, size, count, steps, FORMATS[format].count, &out);
    HOLDS(regular >= 0 || (regular == NO_MEMORY && has_failed));
    if (regular >= 0) {
        HOLDS(regular + out.irregular_count == (count < lines ? count : lines));
        for (int64_t number = 0; number < count; number++)
            HOLDS(out.starts[number] <= out.starts[number + 1]);
        HOLDS(out.starts[0] == 0 || !count);
        HOLDS(out.starts[count] >= 0 && out.starts[count] <= size);
        for (int64_t row = 0; row < regular; row++)
            HOLDS(out.line[row] < count && (!row || out.line[row - 1] < out.line[row]));
        for (int64_t irregular = 0; irregular < out.irregular_count; irregular++)
            HOLDS(out.irregular[irregular] < count && (!irregular || out.irregular[irregular - 1] < out.irregular[irregular]));
        regular_lines += regular, irregular_lines += out.irregular_count;
        check_rows(data, size, &out, regular);
        check_marks(&out, regular);
    } else {
        forget_all();
    }
    free(data), free(steps), free(name_kinds), free(out.starts), free(out.irregular), free(out.line);
    free(out.time), free(out.status), free(out.bytes), free(out.method), free(out.protocol);
    free(out.is_simple), free(out.host), free(out.path_no), free(out.referrer_no), free(out.agent);
    free(out.path), free(out.query), free(out.referrer), free(out.user), free(out.has_bytes);
    free(out.has_query), free(out.has_referrer), free(out.has_user), free(out.vhost);
}

/* What is nothing for the library: no byte of it may be looked at. */
static void check_refusals(void) {
    columns out = {0};
    step long_literal = {LITERAL, 15, ""}, strange = {KINDS, 0, ""};
    HOLDS(mimamori_split(NULL, (int64_t)INT32_MAX + 1, 0, COMMON, 13, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, INT64_C(1) << 32, 0, COMMON, 13, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, INT64_MAX, 0, COMMON, 13, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, -1, 0, COMMON, 13, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, 0, (int64_t)UINT32_MAX + 1, COMMON, 13, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, 0, -1, COMMON, 13, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, 0, 0, &long_literal, 1, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, 0, 0, &strange, 1, &out) == UNKNOWN);
    HOLDS(mimamori_split(NULL, 0, 0, COMMON, -1, &out) == UNKNOWN);
    int64_t whole = mimamori_layout(NULL, 0);
    for (int64_t room = 0; room <= whole + 1; room++) {
        char *text = exactly(room, 1);
        HOLDS(mimamori_layout(text, room) == whole);
        HOLDS(!room || memchr(text, 0, (size_t)room));
        free(text);
    }
}

/* A view far into a text: memory that is reserved but not used costs nothing. */
static void check_far_views(void) {
#if defined(__linux__)
    const char *line = "192.0.2.1 - a-user-of-many-letters [20/Nov/2026:00:00:00 +0900] "
                       "\"GET /a/path/of/many/letters?and=a-query-of-some HTTP/1.1\" 200 5\n";
    int64_t size = INT32_MAX, length = (int64_t)strlen(line);
    uint8_t *data = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) return;
    memcpy(data + size - length, line, (size_t)length);
    columns out = {.hosts = &tables[0], .paths = &tables[1], .referrers = &tables[2],
                   .agents = &tables[3], .names = &tables[4], .vhosts = &tables[5]};
    view v = view_of(data, data + size - 20, 19);
    check_view(data, size, &v);
    last_time last = {.instant = -1};
    queue asked = {.count = 0};
    int64_t starts[2], times[1];
    uint32_t host, path_no, referrer_no, agent, vhost;
    uint16_t status;
    uint64_t bytes;
    uint8_t method, protocol, is_simple, bits[4] = {0};
    view views[4];
    out.starts = starts, out.time = times, out.status = &status, out.bytes = &bytes;
    out.method = &method, out.protocol = &protocol, out.is_simple = &is_simple, out.host = &host;
    out.path_no = &path_no, out.referrer_no = &referrer_no, out.agent = &agent;
    out.vhost = &vhost;
    out.path = views, out.query = views + 1, out.referrer = views + 2, out.user = views + 3;
    out.has_bytes = bits, out.has_query = bits + 1, out.has_referrer = bits + 2;
    out.has_user = bits + 3;
    HOLDS(take_line(data, data + size - length, data + size - 1, COMMON, 13, &out, 0, &last,
                    &asked) == 1);
    HOLDS(answer(&asked));
    check_rows(data, size, &out, 1);
    munmap(data, (size_t)size);
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int64_t inputs;
    failing = chance(20) ? 0 : 1 + chance(40);
    split(data, (int64_t)size);
    failing = 0;
    if (++inputs % 64 == 0) forget_all();
    return 0;
}

#ifndef LIBFUZZER
enum { MOST_LINES = 4096, LONGEST = 1 << 16 };
static char *lines[MOST_LINES];
static size_t line_count;

static void read_lines(const char *name) {
    FILE *file = fopen(name, "rb");
    char *line = NULL;
    size_t room = 0;
    HOLDS(file);
    for (ssize_t size; line_count < MOST_LINES && (size = getline(&line, &room, file)) >= 0;) {
        lines[line_count] = malloc((size_t)size + 1);
        HOLDS(lines[line_count]);
        memcpy(lines[line_count++], line, (size_t)size + 1);
    }
    free(line);
    fclose(file);
    HOLDS(line_count);
}

/* Text with bytes changed, taken out, doubled and mixed with others; its new size. */
static size_t mutate(uint8_t *text, size_t size) {
    static const char *const PIECES[] = {
        "\n", "\r\n", "\r", "\0", "\"", "\\", " ", "  ", "[", "]", "%", "%E3%81%81", "%e9%bf%BF", "?", "&",
        "=", "-", "999999999999999", "255.255.255.255", "0.0.0.0", "2147483648", "4294967296",
        "18446744073709551616", "999999999999999999", "9999999999999999999", "\xff", "\x80", "\xe9",
        "29/Feb/2000:23:59:59 +1459", "31/Dec/2099:23:59:59 -1459", "01/Jan/1970:00:00:00 +0000",
        " HTTP/1.1\" ", "GET /", "a=1&b=2&c=", "000", "\" \"", "#", "a.example", ":443 ", ":999999 ",
    };
    for (uint64_t rounds = chance(6); rounds; rounds--) {
        size_t at = chance(size + 1), many = chance(size - at + 1);
        switch (chance(8)) {
        case 6:
        case 7: /* what stands between two spaces or quotes becomes something else */
            while (at > 0 && !strchr(" \"\n?&=", text[at - 1])) at--;
            for (many = 0; at + many < size && !strchr(" \"\n?&=", text[at + many]);) many++;
            memmove(text + at, text + at + many, size - at - many);
            size -= many;
            /* fall through */
        case 2: {
            const char *piece = PIECES[chance(sizeof PIECES / sizeof *PIECES)];
            size_t length = *piece ? strlen(piece) : 1;
            if (size + length > LONGEST) break;
            memmove(text + at + length, text + at, size - at);
            memcpy(text + at, piece, length);
            size += length;
            break;
        }
        case 0:
            if (at < size) text[at] = (uint8_t)chance(256);
            break;
        case 1:
            many = chance(4) ? many % 8 : many;
            memmove(text + at, text + at + many, size - at - many);
            size -= many;
            break;
        case 3:
            if (size + many > LONGEST || !many) break;
            memmove(text + at + many, text + at, size - at);
            size += many;
            break;
        case 4: {
            size_t length = chance(chance(30) ? 40 : LONGEST - size + 1);
            if (size + length > LONGEST) break;
            memmove(text + at + length, text + at, size - at);
            memset(text + at, (int)(chance(3) ? 'a' + (int)chance(3) : (int)chance(256)), length);
            size += length;
            break;
        }
        default:
            if (at < size) text[at] ^= (uint8_t)(1 << chance(8));
        }
    }
    return size;
}

int main(int count, char **arguments) {
    static uint8_t text[LONGEST];
    HOLDS(count > 3);
    long long inputs = atoll(arguments[1]);
    chance_state = (uint64_t)atoll(arguments[2]) * 0x9E3779B97F4A7C15u | 1;
    read_lines(arguments[3]);
    forget_all();
    check_refusals();
    check_far_views();
    LLVMFuzzerTestOneInput(text, 0);
    for (long long input = 0; input < inputs; input++) {
        size_t size = 0;
        for (uint64_t wanted = chance(chance(16) ? 6 : 200); wanted; wanted--) {
            const char *line = lines[chance(line_count)];
            size_t length = strlen(line);
            if (size + length > LONGEST) break;
            memcpy(text + size, line, length);
            size += length;
        }
        LLVMFuzzerTestOneInput(text, mutate(text, size));
    }
    forget_all();
    for (size_t line = 0; line < line_count; line++) free(lines[line]);
    printf("%lld inputs, %lld regular lines, %lld irregular ones\n", inputs, regular_lines, irregular_lines);
    return 0;
}
#endif
