/* The commands of TeX that occur in answers. */
#include "lib/score/mathcommand.h"

#include <string.h>

#include "lib/score/mathtoken.h"

static const struct mathcommand table[] = {
	{"frac", ACTION_COMMAND, COMMAND_FRAC},
	{"sqrt", ACTION_COMMAND, COMMAND_SQRT},
	{"dfrac", ACTION_COMMAND, COMMAND_FRAC},
	{"tfrac", ACTION_COMMAND, COMMAND_FRAC},
	{"cfrac", ACTION_COMMAND, COMMAND_FRAC},
	{"nicefrac", ACTION_COMMAND, COMMAND_FRAC},
	{"sfrac", ACTION_COMMAND, COMMAND_FRAC},
	{"binom", ACTION_COMMAND, COMMAND_BINOM},
	{"dbinom", ACTION_COMMAND, COMMAND_BINOM},
	{"tbinom", ACTION_COMMAND, COMMAND_BINOM},
	{"surd", ACTION_COMMAND, COMMAND_SURD},
	{"overline", ACTION_COMMAND, COMMAND_OVERLINE},
	{"bar", ACTION_COMMAND, COMMAND_OVERLINE},
	{"dot", ACTION_COMMAND, COMMAND_OVERLINE},
	{"mathbb", ACTION_COMMAND, COMMAND_BB},
	{"over", ACTION_COMMAND, COMMAND_OVER},
	{"choose", ACTION_COMMAND, COMMAND_CHOOSE},
	{"bmod", ACTION_COMMAND, COMMAND_MOD},
	{"pmod", ACTION_COMMAND, COMMAND_PMOD},
	{"mod", ACTION_COMMAND, COMMAND_PMOD},
	{"begin", ACTION_COMMAND, COMMAND_BEGIN},
	{"end", ACTION_COMMAND, COMMAND_FINISH},

	{"left", ACTION_SIDE, 1}, {"right", ACTION_SIDE, 2},
	{"lvert", ACTION_BAR, 1}, {"rvert", ACTION_BAR, 2},
	{"vert", ACTION_BAR, 0}, {"mid", ACTION_BAR, 0},

	{"pi", ACTION_SIGN, SIGN_PI}, {"infty", ACTION_SIGN, SIGN_INFINITY},
	{"cdot", ACTION_SIGN, '*'}, {"times", ACTION_SIGN, '*'},
	{"ast", ACTION_SIGN, '*'}, {"div", ACTION_SIGN, '/'},
	{"lt", ACTION_SIGN, '<'}, {"gt", ACTION_SIGN, '>'},
	{"le", ACTION_SIGN, SIGN_LE}, {"leq", ACTION_SIGN, SIGN_LE},
	{"leqslant", ACTION_SIGN, SIGN_LE}, {"ge", ACTION_SIGN, SIGN_GE},
	{"geq", ACTION_SIGN, SIGN_GE}, {"geqslant", ACTION_SIGN, SIGN_GE},
	{"ne", ACTION_SIGN, SIGN_NE}, {"neq", ACTION_SIGN, SIGN_NE},
	{"in", ACTION_SIGN, SIGN_IN}, {"pm", ACTION_SIGN, SIGN_PM},
	{"mp", ACTION_SIGN, SIGN_MP}, {"cup", ACTION_SIGN, SIGN_CUP},
	{"cap", ACTION_SIGN, SIGN_CAP}, {"setminus", ACTION_SIGN, SIGN_MINUS},
	{"backslash", ACTION_SIGN, SIGN_MINUS},
	{"smallsetminus", ACTION_SIGN, SIGN_MINUS},
	{"emptyset", ACTION_SIGN, SIGN_EMPTY},
	{"varnothing", ACTION_SIGN, SIGN_EMPTY},
	{"circ", ACTION_SIGN, SIGN_CIRCLE},
	{"degree", ACTION_SIGN, SIGN_DEGREE},
	{"degrees", ACTION_SIGN, SIGN_DEGREE}, {"%", ACTION_SIGN, '%'},
	{"$", ACTION_SIGN, SIGN_MONEY}, {"{", ACTION_SIGN, '{'},
	{"}", ACTION_SIGN, '}'}, {"lbrace", ACTION_SIGN, '{'},
	{"rbrace", ACTION_SIGN, '}'}, {"lbrack", ACTION_SIGN, '['},
	{"rbrack", ACTION_SIGN, ']'}, {"lparen", ACTION_SIGN, '('},
	{"rparen", ACTION_SIGN, ')'}, {"langle", ACTION_SIGN, SIGN_ANGLE},
	{"rangle", ACTION_SIGN, SIGN_ANGLE_END},
	{"lfloor", ACTION_SIGN, SIGN_FLOOR},
	{"rfloor", ACTION_SIGN, SIGN_FLOOR_END},
	{"lceil", ACTION_SIGN, SIGN_CEILING},
	{"rceil", ACTION_SIGN, SIGN_CEILING_END},
	{"dots", ACTION_SIGN, SIGN_DOTS}, {"ldots", ACTION_SIGN, SIGN_DOTS},
	{"cdots", ACTION_SIGN, SIGN_DOTS}, {"dotsc", ACTION_SIGN, SIGN_DOTS},
	{"approx", ACTION_SIGN, SIGN_ABOUT}, {"equiv", ACTION_SIGN, '='},
	 {"colon", ACTION_SIGN, ':'},
	{"prime", ACTION_SIGN, '\''}, {"\\", ACTION_SIGN, SIGN_ROW},
	{"cr", ACTION_SIGN, SIGN_ROW}, {"&", ACTION_SIGN, '&'},
	{"lor", ACTION_SIGN, 'v'}, {"vee", ACTION_SIGN, 'v'},
	{"land", ACTION_SIGN, 'w'}, {"wedge", ACTION_SIGN, 'w'},

	{"text", ACTION_TEXT, 0}, {"mbox", ACTION_TEXT, 0},
	{"hbox", ACTION_TEXT, 0}, {"textrm", ACTION_TEXT, 0},
	{"textbf", ACTION_TEXT, 0}, {"textit", ACTION_TEXT, 0},
	{"textsf", ACTION_TEXT, 0}, {"texttt", ACTION_TEXT, 0},
	{"textnormal", ACTION_TEXT, 0}, {"emph", ACTION_TEXT, 0},
	{"textup", ACTION_TEXT, 0}, {"textsc", ACTION_TEXT, 0},
	{"mathrm", ACTION_NAME, 0}, {"operatorname", ACTION_NAME, 0},
	{"mathsf", ACTION_NAME, 0}, {"mathtt", ACTION_NAME, 0},

	{"mathbf", ACTION_CLEAR, 0}, {"mathit", ACTION_CLEAR, 0},
	{"mathnormal", ACTION_CLEAR, 0}, {"mathcal", ACTION_CLEAR, 0},
	{"boldsymbol", ACTION_CLEAR, 0}, {"bm", ACTION_CLEAR, 0},
	{"boxed", ACTION_CLEAR, 0}, {"fbox", ACTION_CLEAR, 0},
	{"ensuremath", ACTION_CLEAR, 0}, {"vec", ACTION_CLEAR, 0},
	{"hat", ACTION_CLEAR, 0}, {"underline", ACTION_CLEAR, 0},
	{"overrightarrow", ACTION_CLEAR, 0},

	{"phantom", ACTION_SKIP, 0}, {"hspace", ACTION_SKIP, 0},
	{"vspace", ACTION_SKIP, 0}, {"color", ACTION_SKIP, 0},
	{"hphantom", ACTION_SKIP, 0}, {"label", ACTION_SKIP, 0},
	{"textcolor", ACTION_SKIP, 0}, {"tag", ACTION_SKIP, 0},

	{"!", ACTION_DROP, 0}, {"(", ACTION_DROP, 0}, {")", ACTION_DROP, 0},
	{"[", ACTION_DROP, 0}, {"]", ACTION_DROP, 0}, {"big", ACTION_DROP, 0},
	{"Big", ACTION_DROP, 0}, {"bigl", ACTION_DROP, 0},
	{"bigr", ACTION_DROP, 0}, {"Bigl", ACTION_DROP, 0},
	{"Bigr", ACTION_DROP, 0}, {"bigg", ACTION_DROP, 0},
	{"Bigg", ACTION_DROP, 0}, {"biggl", ACTION_DROP, 0},
	{"biggr", ACTION_DROP, 0}, {"Biggl", ACTION_DROP, 0},
	{"Biggr", ACTION_DROP, 0}, {"middle", ACTION_DROP, 0},
	{"displaystyle", ACTION_DROP, 0}, {"textstyle", ACTION_DROP, 0},
	{"scriptstyle", ACTION_DROP, 0}, {"limits", ACTION_DROP, 0},
	{"rm", ACTION_DROP, 0}, {"bf", ACTION_DROP, 0}, {"it", ACTION_DROP, 0},
	{"hfill", ACTION_DROP, 0}, {"nonumber", ACTION_DROP, 0},
	{"small", ACTION_DROP, 0}, {"large", ACTION_DROP, 0},
	{"Large", ACTION_DROP, 0}, {"LARGE", ACTION_DROP, 0},
	{"huge", ACTION_DROP, 0}, {"Huge", ACTION_DROP, 0},
	{"therefore", ACTION_DROP, 0}, {"checkmark", ACTION_DROP, 0},
	{"blacksquare", ACTION_DROP, 0}, {"qed", ACTION_DROP, 0},
	{"/", ACTION_DROP, 0}, {"-", ACTION_DROP, 0},
	{"triangle", ACTION_DROP, 0}, {"angle", ACTION_DROP, 0},
	{",", ACTION_SPACE, 2}, {"thinspace", ACTION_SPACE, 2},
	{";", ACTION_SPACE, 1}, {":", ACTION_SPACE, 1}, {" ", ACTION_SPACE, 1},
	{">", ACTION_SPACE, 1}, {"\n", ACTION_SPACE, 1},
	{"\t", ACTION_SPACE, 1}, {"quad", ACTION_SPACE, 1},
	{"qquad", ACTION_SPACE, 1}, {"space", ACTION_SPACE, 1},
	{"enspace", ACTION_SPACE, 1}, {"newline", ACTION_SPACE, 1},

	{"euro", ACTION_MONEY, 0}, {"pounds", ACTION_MONEY, 0},
	{"yen", ACTION_MONEY, 0}, {"cents", ACTION_MONEY, 0},
	{"cent", ACTION_MONEY, 0}, {"textcent", ACTION_MONEY, 0},

	{"sin", ACTION_FUNCTION, FUNCTION_SIN},
	{"cos", ACTION_FUNCTION, FUNCTION_COS},
	{"tan", ACTION_FUNCTION, FUNCTION_TAN},
	{"cot", ACTION_FUNCTION, FUNCTION_COT},
	{"sec", ACTION_FUNCTION, FUNCTION_SEC},
	{"csc", ACTION_FUNCTION, FUNCTION_CSC},
	{"sinh", ACTION_FUNCTION, FUNCTION_SINH},
	{"cosh", ACTION_FUNCTION, FUNCTION_COSH},
	{"tanh", ACTION_FUNCTION, FUNCTION_TANH},
	{"coth", ACTION_FUNCTION, FUNCTION_COTH},
	{"sech", ACTION_FUNCTION, FUNCTION_SECH},
	{"csch", ACTION_FUNCTION, FUNCTION_CSCH},
	{"arcsin", ACTION_FUNCTION, FUNCTION_ASIN},
	{"arccos", ACTION_FUNCTION, FUNCTION_ACOS},
	{"arctan", ACTION_FUNCTION, FUNCTION_ATAN},
	{"arccot", ACTION_FUNCTION, FUNCTION_ACOT},
	{"arcsec", ACTION_FUNCTION, FUNCTION_ASEC},
	{"arccsc", ACTION_FUNCTION, FUNCTION_ACSC},
	{"arsinh", ACTION_FUNCTION, FUNCTION_ASINH},
	{"arcsinh", ACTION_FUNCTION, FUNCTION_ASINH},
	{"arcosh", ACTION_FUNCTION, FUNCTION_ACOSH},
	{"arccosh", ACTION_FUNCTION, FUNCTION_ACOSH},
	{"artanh", ACTION_FUNCTION, FUNCTION_ATANH},
	{"arctanh", ACTION_FUNCTION, FUNCTION_ATANH},
	{"exp", ACTION_FUNCTION, FUNCTION_EXP},
	{"ln", ACTION_FUNCTION, FUNCTION_LN},
	{"log", ACTION_FUNCTION, FUNCTION_LOG},
	{"lg", ACTION_FUNCTION, FUNCTION_LOG},
	{"max", ACTION_FUNCTION, FUNCTION_MAX},
	{"min", ACTION_FUNCTION, FUNCTION_MIN},
	{"gcd", ACTION_FUNCTION, FUNCTION_GCD},
	{"lcm", ACTION_FUNCTION, FUNCTION_LCM},
	{"cis", ACTION_FUNCTION, FUNCTION_CIS},
	{"Re", ACTION_FUNCTION, FUNCTION_RE},
	{"Im", ACTION_FUNCTION, FUNCTION_IM},

	{"alpha", ACTION_LETTER, 0}, {"beta", ACTION_LETTER, 0},
	{"gamma", ACTION_LETTER, 0}, {"delta", ACTION_LETTER, 0},
	{"epsilon", ACTION_LETTER, 0}, {"varepsilon", ACTION_LETTER, 0},
	{"zeta", ACTION_LETTER, 0}, {"eta", ACTION_LETTER, 0},
	{"theta", ACTION_LETTER, 0}, {"vartheta", ACTION_LETTER, 0},
	{"iota", ACTION_LETTER, 0}, {"kappa", ACTION_LETTER, 0},
	{"lambda", ACTION_LETTER, 0}, {"mu", ACTION_LETTER, 0},
	{"nu", ACTION_LETTER, 0}, {"xi", ACTION_LETTER, 0},
	{"rho", ACTION_LETTER, 0}, {"sigma", ACTION_LETTER, 0},
	{"tau", ACTION_LETTER, 0}, {"upsilon", ACTION_LETTER, 0},
	{"phi", ACTION_LETTER, 0}, {"varphi", ACTION_LETTER, 0},
	{"chi", ACTION_LETTER, 0}, {"psi", ACTION_LETTER, 0},
	{"omega", ACTION_LETTER, 0}, {"Gamma", ACTION_LETTER, 0},
	{"Delta", ACTION_LETTER, 0}, {"Theta", ACTION_LETTER, 0},
	{"Lambda", ACTION_LETTER, 0}, {"Xi", ACTION_LETTER, 0},
	{"Pi", ACTION_LETTER, 0}, {"Sigma", ACTION_LETTER, 0},
	{"Phi", ACTION_LETTER, 0}, {"Psi", ACTION_LETTER, 0},
	{"Omega", ACTION_LETTER, 0}, {"ell", ACTION_LETTER, 0},
};

/* Words that are commands without their backslash too. */
static const struct mathcommand plain[] = {
	{"sqrt", ACTION_COMMAND, COMMAND_SURD}, {"pi", ACTION_SIGN, SIGN_PI},
	{"infinity", ACTION_SIGN, SIGN_INFINITY},
	{"infty", ACTION_SIGN, SIGN_INFINITY},
	{"inf", ACTION_SIGN, SIGN_INFINITY},
	{"abs", ACTION_FUNCTION, FUNCTION_ABS},
	{"cbrt", ACTION_FUNCTION, FUNCTION_CBRT},
	{"sin", ACTION_FUNCTION, FUNCTION_SIN},
	{"cos", ACTION_FUNCTION, FUNCTION_COS},
	{"tan", ACTION_FUNCTION, FUNCTION_TAN},
	{"arcsin", ACTION_FUNCTION, FUNCTION_ASIN},
	{"arccos", ACTION_FUNCTION, FUNCTION_ACOS},
	{"arctan", ACTION_FUNCTION, FUNCTION_ATAN},
	{"ln", ACTION_FUNCTION, FUNCTION_LN},
	{"log", ACTION_FUNCTION, FUNCTION_LOG},
	{"exp", ACTION_FUNCTION, FUNCTION_EXP},
	{"theta", ACTION_LETTER, 0}, {"alpha", ACTION_LETTER, 0},
	{"beta", ACTION_LETTER, 0}, {"lambda", ACTION_LETTER, 0},
};

static const struct mathcommand *
find(const struct mathcommand *t, size_t count, struct span name)
{
	size_t i;

	for (i = 0; name.length > 0 && i < count; i++)
		if (t[i].name[0] == name.data[0] && span_is(name, t[i].name))
			return &t[i];
	return NULL;
}

const struct mathcommand *
mathcommand_find(struct span name)
{
	return find(table, sizeof(table) / sizeof(table[0]), name);
}

const struct mathcommand *
mathcommand_find_plain(struct span word)
{
	return find(plain, sizeof(plain) / sizeof(plain[0]), word);
}

const char *
mathcommand_function(int id)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].action == ACTION_FUNCTION && table[i].value == id)
			return table[i].name;
	return "";
}
