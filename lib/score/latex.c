/* LaTeX in one spelling: one pass over its tokens; nothing is evaluated. */
#include "lib/score/latex.h"

#include <ctype.h>
#include <string.h>

#define DEPTH 64

struct flat {
	struct span in;
	size_t at;
	size_t depth;
	size_t name_end; /* where in the output a command's name ended last */
	struct buffer *out;
};

enum action { DROP, SPELL, TEXT, PLAIN, FRACTION, ROOT, ENVIRONMENT };

struct command {
	const char *name;
	enum action action;
	const char *spelling;
};

static const struct command commands[] = {
	{"!", DROP, ""}, {",", DROP, ""}, {";", DROP, ""}, {":", DROP, ""},
	{" ", DROP, ""}, {"\n", DROP, ""}, {"(", DROP, ""}, {")", DROP, ""},
	{"[", DROP, ""}, {"]", DROP, ""}, {"quad", DROP, ""},
	{"qquad", DROP, ""}, {"left", DROP, ""}, {"right", DROP, ""},
	{"big", DROP, ""}, {"Big", DROP, ""}, {"bigl", DROP, ""},
	{"bigr", DROP, ""}, {"Bigl", DROP, ""}, {"Bigr", DROP, ""},
	{"bigg", DROP, ""}, {"Bigg", DROP, ""}, {"biggl", DROP, ""},
	{"biggr", DROP, ""}, {"displaystyle", DROP, ""},
	{"textstyle", DROP, ""}, {"limits", DROP, ""},
	{"thinspace", DROP, ""}, {"hfill", DROP, ""},
	{"leq", SPELL, "\\le"}, {"leqslant", SPELL, "\\le"},
	{"geq", SPELL, "\\ge"}, {"geqslant", SPELL, "\\ge"},
	{"neq", SPELL, "\\ne"}, {"lt", SPELL, "<"}, {"gt", SPELL, ">"},
	{"times", SPELL, "\\cdot"}, {"dots", SPELL, "\\ldots"},
	{"cdots", SPELL, "\\ldots"}, {"lbrace", SPELL, "\\{"},
	{"rbrace", SPELL, "\\}"}, {"lbrack", SPELL, "["},
	{"rbrack", SPELL, "]"}, {"lvert", SPELL, "|"}, {"rvert", SPELL, "|"},
	{"vert", SPELL, "|"}, {"mid", SPELL, "|"},
	{"varnothing", SPELL, "\\emptyset"}, {"degree", SPELL, "\004"},
	{"degrees", SPELL, "\004"}, {"%", SPELL, "%"}, {"$", SPELL, "\003"},
	{"text", TEXT, ""}, {"mbox", TEXT, ""}, {"hbox", TEXT, ""},
	{"textrm", TEXT, ""}, {"textbf", TEXT, ""}, {"textit", TEXT, ""},
	{"textnormal", TEXT, ""}, {"emph", TEXT, ""}, {"mathrm", TEXT, ""},
	{"mathbf", PLAIN, ""}, {"mathit", PLAIN, ""}, {"boldsymbol", PLAIN, ""},
	{"bm", PLAIN, ""}, {"boxed", PLAIN, ""}, {"fbox", PLAIN, ""},
	{"frac", FRACTION, "\\frac"}, {"dfrac", FRACTION, "\\frac"},
	{"tfrac", FRACTION, "\\frac"}, {"cfrac", FRACTION, "\\frac"},
	{"binom", FRACTION, "\\binom"}, {"dbinom", FRACTION, "\\binom"},
	{"tbinom", FRACTION, "\\binom"}, {"sqrt", ROOT, "\\sqrt"},
	{"begin", ENVIRONMENT, "\\begin"}, {"end", ENVIRONMENT, "\\end"},
};

static const struct command unicode[] = {
	{"\xe2\x88\x92", SPELL, "-"}, {"\xe2\x80\x93", SPELL, "-"},
	{"\xcf\x80", SPELL, "\\pi"}, {"\xc3\x97", SPELL, "\\cdot"},
	{"\xc2\xb7", SPELL, "\\cdot"}, {"\xc2\xb0", SPELL, "\004"},
	{"\xe2\x88\x9e", SPELL, "\\infty"}, {"\xe2\x89\xa4", SPELL, "\\le"},
	{"\xe2\x89\xa5", SPELL, "\\ge"}, {"\xe2\x89\xa0", SPELL, "\\ne"},
	{"\xe2\x88\xaa", SPELL, "\\cup"}, {"\xe2\x88\x9a", ROOT, "\\sqrt"},
	{"\xc2\xa0", DROP, ""}, {"\xe2\x80\x89", DROP, ""},
	{"\xc2\xa3", SPELL, "\\pounds"}, {"\xe2\x82\xac", SPELL, "\\euro"},
};

static int token(struct flat *f);

static struct span
rest(const struct flat *f)
{
	return span_slice(f->in, f->at, f->in.length);
}

/* Append; a letter behind a command's name is kept apart from it. */
static int
emit(struct flat *f, const char *s, size_t n)
{
	if (n > 0 && isalpha((unsigned char)s[0]) && f->name_end > 0 &&
	    f->out->length == f->name_end && buffer_add(f->out, " ", 1) != 0)
		return -1;
	if (buffer_add(f->out, s, n) != 0)
		return -1;
	if (n > 1 && s[0] == '\\' && isalpha((unsigned char)s[n - 1]))
		f->name_end = f->out->length;
	return 1;
}

static int
emit_string(struct flat *f, const char *s)
{
	return emit(f, s, strlen(s));
}

static void
skip_space(struct flat *f)
{
	while (f->at < f->in.length && span_in(" \t\r\n~$", f->in.data[f->at]))
		f->at++;
}

/* Whether a token follows inside this group. */
static int
more(const struct flat *f)
{
	return f->at < f->in.length && f->in.data[f->at] != '}';
}

/* The tokens up to the closing brace, which is consumed. */
static int
group(struct flat *f)
{
	int rc = 1;

	while (rc == 1 && more(f))
		rc = token(f);
	if (rc == 1 && f->at < f->in.length)
		f->at++;
	return rc;
}

/* One argument; in braces, or without where one byte stands for itself. */
static int
argument(struct flat *f, int always_braces)
{
	size_t begin;
	int rc = 1;

	skip_space(f);
	begin = f->out->length;
	if (buffer_add(f->out, "{", 1) != 0)
		return -1;
	if (more(f))
		rc = token(f);
	if (rc != 1)
		return rc;
	if (!always_braces && f->out->length == begin + 2) {
		f->out->data[begin] = f->out->data[begin + 1];
		f->out->length--;
		f->out->data[f->out->length] = '\0';
		return 1;
	}
	return emit_string(f, "}");
}

/* \text and its kin: marked, "and" and "or" becoming commas. */
static int
text(struct flat *f)
{
	size_t begin = f->out->length;
	const char mark[] = {LATEX_TEXT, '\0'}, end[] = {LATEX_END, '\0'};
	struct span content;
	int rc;

	skip_space(f);
	if (buffer_add(f->out, mark, 1) != 0)
		return -1;
	if (more(f) && (rc = token(f)) != 1)
		return rc;
	content = (struct span){f->out->data + begin + 1,
	    f->out->length - begin - 1};
	if (content.length > 1 && content.data[0] == ',')
		content = span_slice(content, 1, content.length);
	if (!span_is(content, "and") && !span_is(content, "or") &&
	    content.length > 0)
		return emit_string(f, end);
	f->out->length = begin;
	f->out->data[begin] = '\0';
	if (content.length == 0 || begin == 0 ||
	    f->out->data[begin - 1] == ',')
		return 1;
	return emit_string(f, ",");
}

static int
environment(struct flat *f, const char *spelling)
{
	struct span name, s;
	size_t n;

	skip_space(f);
	s = rest(f);
	n = span_find(s, "}");
	if (s.length == 0 || s.data[0] != '{' || n == SPAN_NONE)
		return emit_string(f, spelling);
	name = span_slice(s, 1, n);
	f->at += n + 1;
	if (span_is(name, "bmatrix") || span_is(name, "pmatrix"))
		name = span_of("matrix");
	if (emit_string(f, spelling) < 0 || emit_string(f, "{") < 0 ||
	    emit(f, name.data, name.length) < 0)
		return -1;
	return emit_string(f, "}");
}

static int
root(struct flat *f)
{
	size_t end;

	if (emit_string(f, "\\sqrt") < 0)
		return -1;
	skip_space(f);
	if (f->at < f->in.length && f->in.data[f->at] == '[') {
		end = span_find(rest(f), "]");
		if (end != SPAN_NONE) {
			if (emit(f, f->in.data + f->at, end + 1) < 0)
				return -1;
			f->at += end + 1;
		}
	}
	return argument(f, 1);
}

static int
run(struct flat *f, const struct command *c)
{
	int rc;

	switch (c->action) {
	case DROP:
		return 1;
	case SPELL:
		return emit_string(f, c->spelling);
	case TEXT:
		return text(f);
	case PLAIN:
		skip_space(f);
		return more(f) ? token(f) : 1;
	case FRACTION:
		if (emit_string(f, c->spelling) < 0)
			return -1;
		rc = argument(f, 1);
		return rc == 1 ? argument(f, 1) : rc;
	case ROOT:
		return root(f);
	case ENVIRONMENT:
		return environment(f, c->spelling);
	}
	return 1;
}

static int
command(struct flat *f)
{
	struct span s = rest(f), name;
	size_t n = 1, i;

	if (s.length == 1) {
		f->at++;
		return 1;
	}
	while (n < s.length && isalpha((unsigned char)s.data[n]))
		n++;
	if (n == 1)
		n = 2;
	name = span_slice(s, 1, n);
	f->at += n;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_is(name, commands[i].name))
			return run(f, &commands[i]);
	if (iscntrl((unsigned char)name.data[0]))
		return emit_string(f, "\\?");
	return emit(f, s.data, n);
}

/* A word "and" or "or" with space around it separates answers. */
static size_t
conjunction(const struct flat *f)
{
	struct span s = rest(f);
	size_t n;

	if (f->at == 0 || !span_in(" \t\n$~", f->in.data[f->at - 1]))
		return 0;
	n = span_begins(s, "and") ? 3 : span_begins(s, "or") ? 2 : 0;
	return n > 0 && n < s.length && span_in(" \t\n$\\~", s.data[n]) ? n : 0;
}

static int
script(struct flat *f, const char *sign)
{
	size_t begin = f->out->length, i;
	static const char *const circle[] = {"^\\circ", "^{\\circ}", "^\004"};
	int rc;

	f->at++;
	if (emit_string(f, sign) < 0)
		return -1;
	if ((rc = argument(f, 0)) != 1)
		return rc;
	for (i = 0; i < sizeof(circle) / sizeof(circle[0]); i++)
		if (span_is((struct span){f->out->data + begin,
		    f->out->length - begin}, circle[i])) {
			f->out->length = begin;
			return emit_string(f, "\004");
		}
	return 1;
}

/* A byte or character that is neither command nor script. */
static int
character(struct flat *f)
{
	struct span s = rest(f);
	unsigned char c = (unsigned char)s.data[0];
	size_t i;

	for (i = 0; c >= 0x80 && i < sizeof(unicode) / sizeof(unicode[0]); i++)
		if (span_begins(s, unicode[i].name)) {
			f->at += strlen(unicode[i].name);
			return run(f, &unicode[i]);
		}
	if ((i = conjunction(f)) > 0) {
		f->at += i;
		i = f->out->length;
		return i > 0 && f->out->data[i - 1] == ',' ? 1
		    : emit_string(f, ",");
	}
	f->at++;
	if (c == '{')
		return group(f);
	if (c == '}' || span_in(" \t\r\n~$", (char)c))
		return 1;
	return iscntrl(c) ? emit_string(f, "?") : emit(f, s.data, 1);
}

/* One token: a command or script with its arguments, a group, a character. */
static int
token(struct flat *f)
{
	char c = f->in.data[f->at];
	int rc;

	if (++f->depth > DEPTH)
		return 0;
	if (c == '\\')
		rc = command(f);
	else if (c == '^' || c == '_')
		rc = script(f, c == '^' ? "^" : "_");
	else
		rc = character(f);
	f->depth--;
	return rc;
}

int
latex_flatten(struct span latex, struct buffer *out)
{
	struct flat f = {.in = latex, .out = out};
	int rc = 1;

	buffer_clear(out);
	if (buffer_reserve(out, latex.length) != 0)
		return -1;
	while (rc == 1 && f.at < f.in.length)
		rc = token(&f);
	return rc;
}
