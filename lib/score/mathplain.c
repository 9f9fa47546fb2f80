/* Unicode's mathematics in the spelling of TeX. */
#include "lib/score/mathplain.h"

#include <string.h>

static const struct {
	const char *from, *to;
} table[] = {
	{"−", "-"}, {"–", "-"}, {"—", "-"}, {"‐", "-"}, {"‑", "-"},
	{"×", "\\times "}, {"·", "\\cdot "}, {"⋅", "\\cdot "},
	{"∙", "\\cdot "}, {"÷", "\\div "}, {"∗", "*"}, {"⁄", "/"},
	{"∕", "/"}, {"±", "\\pm "}, {"∓", "\\mp "}, {"∞", "\\infty "},
	{"∅", "\\emptyset "}, {"√", "\\surd "}, {"°", "\\degree "},
	{"º", "\\degree "}, {"≤", "\\le "}, {"⩽", "\\le "}, {"≥", "\\ge "},
	{"⩾", "\\ge "}, {"≠", "\\ne "}, {"≈", "\\approx "},
	{"≡", "\\equiv "}, {"∈", "\\in "}, {"∪", "\\cup "},
	{"∩", "\\cap "}, {"∖", "\\setminus "}, {"∣", "|"}, {"′", "'"},
	{"″", "''"}, {"’", "'"}, {"‘", "'"}, {"“", "\""}, {"”", "\""},
	{"…", "\\ldots "}, {"⋯", "\\ldots "}, {"⟨", "\\langle "},
	{"⟩", "\\rangle "}, {"⌊", "\\lfloor "}, {"⌋", "\\rfloor "},
	{"⌈", "\\lceil "}, {"⌉", "\\rceil "}, {"ℝ", "\\mathbb{R}"},
	{"ℤ", "\\mathbb{Z}"}, {"ℕ", "\\mathbb{N}"}, {"ℚ", "\\mathbb{Q}"},
	{"¢", "\\cents "}, {"€", "\\euro "}, {"£", "\\pounds "},
	{"¥", "\\yen "}, {"½", "\\frac12 "}, {"¼", "\\frac14 "},
	{"¾", "\\frac34 "}, {"⅓", "\\frac13 "}, {"⅔", "\\frac23 "},
	{"⅕", "\\frac15 "}, {"⅛", "\\frac18 "}, {"⅜", "\\frac38 "},
	{"⅝", "\\frac58 "}, {"⅞", "\\frac78 "}, {"⅙", "\\frac16 "},
	{"⅚", "\\frac56 "}, {"α", "\\alpha "}, {"β", "\\beta "},
	{"γ", "\\gamma "}, {"δ", "\\delta "}, {"ε", "\\epsilon "},
	{"ζ", "\\zeta "}, {"η", "\\eta "}, {"θ", "\\theta "},
	{"κ", "\\kappa "}, {"λ", "\\lambda "}, {"μ", "\\mu "},
	{"µ", "\\mu "}, {"ν", "\\nu "}, {"ξ", "\\xi "}, {"π", "\\pi "},
	{"ρ", "\\rho "}, {"σ", "\\sigma "}, {"τ", "\\tau "},
	{"φ", "\\phi "}, {"ϕ", "\\phi "}, {"χ", "\\chi "},
	{"ψ", "\\psi "}, {"ω", "\\omega "}, {"Γ", "\\Gamma "},
	{"Δ", "\\Delta "}, {"Θ", "\\Theta "}, {"Λ", "\\Lambda "},
	{"Σ", "\\Sigma "}, {"Φ", "\\Phi "}, {"Ω", "\\Omega "},
	{"\xc2\xa0", " "}, {"\xe2\x80\x8b", ""}, {"\xe2\x81\xa0", ""},
	{"\xef\xbb\xbf", ""}, {"\xe3\x80\x80", " "}, {"，", ","}, {"。", "."},
	{"、", ","}, {"〈", "\\langle "}, {"〉", "\\rangle "},
};

/* Superscripts and subscripts in Unicode, joined to one script. */
static const struct {
	const char *from;
	char script, to;
} scripts[] = {
	{"⁰", '^', '0'}, {"¹", '^', '1'}, {"²", '^', '2'}, {"³", '^', '3'},
	{"⁴", '^', '4'}, {"⁵", '^', '5'}, {"⁶", '^', '6'}, {"⁷", '^', '7'},
	{"⁸", '^', '8'}, {"⁹", '^', '9'}, {"⁻", '^', '-'}, {"⁺", '^', '+'},
	{"ⁿ", '^', 'n'}, {"ˣ", '^', 'x'}, {"ᵏ", '^', 'k'},
	{"₀", '_', '0'}, {"₁", '_', '1'}, {"₂", '_', '2'}, {"₃", '_', '3'},
	{"₄", '_', '4'}, {"₅", '_', '5'}, {"₆", '_', '6'}, {"₇", '_', '7'},
	{"₈", '_', '8'}, {"₉", '_', '9'}, {"ₙ", '_', 'n'},
};

struct plain {
	struct span in;
	size_t at;
	char *out;
	size_t length;
};

static void
put(struct plain *p, const char *s, size_t n)
{
	memcpy(p->out + p->length, s, n);
	p->length += n;
}

static const char *
script_at(const struct plain *p, size_t *i)
{
	struct span s = span_slice(p->in, p->at, p->in.length);

	for (*i = 0; *i < sizeof(scripts) / sizeof(scripts[0]); ++*i)
		if (span_begins(s, scripts[*i].from))
			return scripts[*i].from;
	return NULL;
}

/* A run of one kind of script at once: "10⁻³" is 10^{-3}. */
static int
put_scripts(struct plain *p)
{
	const char *from;
	char kind;
	size_t i;

	if (script_at(p, &i) == NULL)
		return 0;
	kind = scripts[i].script;
	put(p, &kind, 1);
	put(p, "{", 1);
	while ((from = script_at(p, &i)) != NULL && scripts[i].script == kind) {
		put(p, &scripts[i].to, 1);
		p->at += strlen(from);
	}
	put(p, "}", 1);
	return 1;
}

/* U+FF01 to U+FF5E are ASCII at full width. */
static int
put_wide(struct plain *p)
{
	struct span s = span_slice(p->in, p->at, p->in.length);
	const unsigned char *u = (const unsigned char *)s.data;
	unsigned code;

	if (s.length < 3 || u[0] != 0xef || (u[1] != 0xbc && u[1] != 0xbd) ||
	    (u[2] & 0xc0) != 0x80)
		return 0;
	code = (u[1] & 3u) << 6 | (u[2] & 0x3fu);
	if (code < 1 || code > 0x5e)
		return 0;
	put(p, &(char){(char)(code + 0x20)}, 1);
	p->at += 3;
	return 1;
}

static void
put_other(struct plain *p)
{
	struct span s = span_slice(p->in, p->at, p->in.length);
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (span_begins(s, table[i].from)) {
			put(p, table[i].to, strlen(table[i].to));
			p->at += strlen(table[i].from);
			return;
		}
	put(p, s.data, 1);
	p->at++;
}

struct span
mathplain(struct mathwork *w, struct span text)
{
	struct plain p = {.in = text};
	size_t i;

	for (i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			break;
	if (i == text.length)
		return text;
	/* No spelling is more than six times as long. */
	p.out = mathwork_alloc(w, 6 * text.length + 16);
	if (p.out == NULL)
		return (struct span){NULL, 0};
	while (p.at < text.length) {
		if ((unsigned char)text.data[p.at] < 0x80)
			put(&p, &text.data[p.at++], 1);
		else if (mathwork_spend(w, 20) != 0)
			return (struct span){NULL, 0};
		else if (!put_scripts(&p) && !put_wide(&p))
			put_other(&p);
	}
	return (struct span){p.out, p.length};
}
