/* Cutting text into words, step by step, each piece through the next step. */
#include "lib/text/pretokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/text/pattern.h"
#include "lib/text/stage.h"

#define GPT2 "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+" \
    "| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/* What becomes of a match and of the text between matches. */
enum behavior {
	ISOLATED,
	REMOVED,
	CONTIGUOUS,
	MERGED_WITH_PREVIOUS,
	MERGED_WITH_NEXT
};

static const char *const behaviors[] = {"Isolated", "Removed", "Contiguous",
    "MergedWithPrevious", "MergedWithNext", NULL};

struct step {
	struct pattern *pattern; /* NULL: no cut */
	enum behavior behavior;
	int invert;
	int prefix_space;        /* a piece without a space gets one */
	struct buffer scratch;   /* that piece */
};

struct pretokenizer {
	struct step *steps;
	size_t count;
	int byte_level; /* the last step was ByteLevel */
};

/* A walk through a text: where the words go. */
struct walk {
	struct pretokenizer *p;
	pretokenizer_word *word;
	void *arg;
	struct error *err;
};

/* A cut that may yet grow: one piece, held back. */
struct cut {
	struct walk *walk;
	const char *text;
	size_t step;
	size_t start, end; /* the piece held back */
	int held;
	int matched;       /* whether the last piece seen was a match */
};

static struct step *
add_step(struct pretokenizer *p, const char *regex, size_t length,
    int literal, struct error *err)
{
	struct step *steps, *s;

	steps = realloc(p->steps, (p->count + 1) * sizeof(*steps));
	if (steps == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	p->steps = steps;
	s = &steps[p->count];
	*s = (struct step){0};
	if (regex != NULL) {
		s->pattern = pattern_new(regex, length, literal, err);
		if (s->pattern == NULL)
			return NULL;
	}
	p->count++;
	return s;
}

static int
read_split(struct pretokenizer *p, const json_t *json, struct error *err)
{
	const json_t *pattern = json_object_get(json, "pattern"), *value;
	const char *behavior = json_string_value(
	    json_object_get(json, "behavior"));
	struct step *s;
	int literal, b;

	value = json_object_get(pattern, "Regex");
	literal = value == NULL;
	if (literal)
		value = json_object_get(pattern, "String");
	if (!json_is_string(value))
		return error_set(err, STATUS_DATA,
		    "pre_tokenizer Split: pattern is neither Regex nor String");
	if (behavior == NULL)
		return error_set(err, STATUS_DATA,
		    "pre_tokenizer Split has no behavior");
	for (b = 0; behaviors[b] != NULL; b++)
		if (strcmp(behaviors[b], behavior) == 0)
			break;
	if (behaviors[b] == NULL)
		return error_set(err, STATUS_DATA, "pre_tokenizer Split: "
		    "behavior '%s' is not supported", behavior);
	s = add_step(p, json_string_value(value), json_string_length(value),
	    literal, err);
	if (s == NULL)
		return -1;
	s->behavior = (enum behavior)b;
	s->invert = json_is_true(json_object_get(json, "invert"));
	return 0;
}

static int
read_byte_level(struct pretokenizer *p, const json_t *json,
    struct error *err)
{
	const json_t *prefix = json_object_get(json, "add_prefix_space");
	struct step *s;
	int plain = json_is_false(json_object_get(json, "use_regex"));

	if (!json_is_boolean(prefix))
		return error_set(err, STATUS_DATA,
		    "pre_tokenizer ByteLevel has no add_prefix_space");
	s = add_step(p, plain ? NULL : GPT2, sizeof(GPT2) - 1, 0, err);
	if (s == NULL)
		return -1;
	s->prefix_space = json_is_true(prefix);
	p->byte_level = 1;
	return 0;
}

static int
read_digits(struct pretokenizer *p, const json_t *json, struct error *err)
{
	struct step *s = add_step(p, "\\p{N}", 5, 0, err);

	if (s == NULL)
		return -1;
	s->behavior = json_is_true(json_object_get(json,
	    "individual_digits")) ? ISOLATED : CONTIGUOUS;
	return 0;
}

static int
take(void *pretokenizer, const char *type, const json_t *json,
    struct error *err)
{
	struct pretokenizer *p = pretokenizer;

	/* Steps behind ByteLevel would see its alphabet, not the text. */
	if (p->byte_level)
		return error_set(err, STATUS_DATA, "pre_tokenizer type '%s' "
		    "behind ByteLevel is not supported", type);
	if (strcmp(type, "Split") == 0)
		return read_split(p, json, err);
	if (strcmp(type, "ByteLevel") == 0)
		return read_byte_level(p, json, err);
	if (strcmp(type, "Digits") == 0)
		return read_digits(p, json, err);
	return error_set(err, STATUS_DATA,
	    "pre_tokenizer type '%s' is not supported", type);
}

struct pretokenizer *
pretokenizer_new(const json_t *json, struct error *err)
{
	static const struct stage stage = {"pre_tokenizer", "pretokenizers",
	    take};
	struct pretokenizer *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		error_set(err, STATUS_TEMPFAIL, "out of memory");
		return NULL;
	}
	if (json == NULL || json_is_null(json))
		error_set(err, STATUS_DATA,
		    "a pre_tokenizer of null is not supported");
	else if (stage_read(&stage, json, p, err) == 0) {
		if (p->byte_level)
			return p;
		error_set(err, STATUS_DATA,
		    "a pre_tokenizer without ByteLevel is not supported");
	}
	pretokenizer_free(p);
	return NULL;
}

void
pretokenizer_free(struct pretokenizer *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++) {
		pattern_free(p->steps[i].pattern);
		buffer_free(&p->steps[i].scratch);
	}
	free(p->steps);
	free(p);
}

static int run(struct walk *w, size_t step, const char *text, size_t length);

static int
emit(struct cut *c, size_t start, size_t end)
{
	if (start == end)
		return 0;
	return run(c->walk, c->step + 1, c->text + start, end - start);
}

static int
flush(struct cut *c)
{
	int held = c->held;

	c->held = 0;
	return held ? emit(c, c->start, c->end) : 0;
}

/* The next piece, a match or what is between matches, in order. */
static int
piece(struct cut *c, enum behavior behavior, size_t start, size_t end,
    int match)
{
	int joins = 0;

	switch (behavior) {
	case ISOLATED:
		return emit(c, start, end);
	case REMOVED:
		return match ? 0 : emit(c, start, end);
	case CONTIGUOUS:
		joins = match == c->matched;
		break;
	case MERGED_WITH_PREVIOUS:
		joins = match && !c->matched;
		break;
	case MERGED_WITH_NEXT:
		joins = !match && c->matched;
		break;
	}
	c->matched = match;
	if (joins && c->held) {
		c->end = end;
		return 0;
	}
	if (flush(c) == -1)
		return -1;
	c->start = start;
	c->end = end;
	c->held = 1;
	return 0;
}

static int
cut(struct walk *w, size_t step, const char *text, size_t length)
{
	struct step *s = &w->p->steps[step];
	struct cut c = {.walk = w, .text = text, .step = step};
	struct pattern_match m = {0};
	size_t last = 0;
	int rc;

	while ((rc = pattern_next(s->pattern, text, length, &m,
	    w->err)) == 1) {
		if (m.start > last && piece(&c, s->behavior, last, m.start,
		    s->invert) == -1)
			return -1;
		if (piece(&c, s->behavior, m.start, m.end, !s->invert) == -1)
			return -1;
		last = m.end;
	}
	if (rc == -1)
		return -1;
	if (last < length && piece(&c, s->behavior, last, length,
	    s->invert) == -1)
		return -1;
	return flush(&c);
}

static int
run(struct walk *w, size_t step, const char *text, size_t length)
{
	struct step *s;

	if (step == w->p->count)
		return w->word(w->arg, text, length, w->err);
	s = &w->p->steps[step];
	if (s->prefix_space && text[0] != ' ') {
		buffer_clear(&s->scratch);
		if (buffer_add(&s->scratch, " ", 1) == -1 ||
		    buffer_add(&s->scratch, text, length) == -1)
			return error_set(w->err, STATUS_TEMPFAIL,
			    "out of memory");
		text = s->scratch.data;
		length = s->scratch.length;
	}
	if (s->pattern == NULL)
		return run(w, step + 1, text, length);
	return cut(w, step, text, length);
}

int
pretokenizer_apply(struct pretokenizer *p, const char *text, size_t length,
    pretokenizer_word *word, void *arg, struct error *err)
{
	struct walk w = {.p = p, .word = word, .arg = arg, .err = err};

	return length > 0 ? run(&w, 0, text, length) : 0;
}
