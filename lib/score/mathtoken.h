#ifndef SCORE_MATHTOKEN_H
#define SCORE_MATHTOKEN_H

#include "lib/score/mathwork.h"
#include "lib/score/span.h"

/*
 * LaTeX as a row of tokens without what only looks: spaces, sizes, fonts,
 * dollar signs.  Synonyms are one token.
 */
enum mathtoken_kind {
	TOKEN_END,
	TOKEN_SIGN,     /* .c, see below */
	TOKEN_DIGITS,   /* .text, a run of digits */
	TOKEN_LETTER,   /* .text, a variable's name: "x", "\alpha" */
	TOKEN_OPEN,     /* { */
	TOKEN_CLOSE,    /* } */
	TOKEN_TEXT,     /* .text, words: of \text, or plain ones */
	TOKEN_FUNCTION, /* .id, an enum mathtoken_function */
	TOKEN_COMMAND,  /* .id, an enum mathtoken_command */
	TOKEN_UNKNOWN   /* .text, a command that we don't know */
};

/* Signs are ASCII's own, and letters for those that ASCII lacks. */
enum mathtoken_sign {
	SIGN_LE = 'l',
	SIGN_GE = 'g',
	SIGN_NE = 'n',
	SIGN_IN = 'i',
	SIGN_PM = 'P',
	SIGN_MP = 'M',
	SIGN_CUP = 'U',
	SIGN_CAP = 'A',
	SIGN_MINUS = 'D', /* of sets */
	SIGN_INFINITY = '8',
	SIGN_EMPTY = 'O',
	SIGN_PI = 'p',
	SIGN_DEGREE = 'd',
	SIGN_CIRCLE = 'c',
	SIGN_MONEY = '$',
	SIGN_ANGLE = 'L', /* \langle */
	SIGN_ANGLE_END = 'R',
	SIGN_FLOOR = 'f',
	SIGN_FLOOR_END = 'F',
	SIGN_CEILING = 'k',
	SIGN_CEILING_END = 'K',
	SIGN_DOTS = 'e',
	SIGN_ABOUT = '~',
	SIGN_ROW = '\\'
};

enum mathtoken_function {
	FUNCTION_SIN = 1,
	FUNCTION_COS,
	FUNCTION_TAN,
	FUNCTION_COT,
	FUNCTION_SEC,
	FUNCTION_CSC,
	FUNCTION_SINH,
	FUNCTION_COSH,
	FUNCTION_TANH,
	FUNCTION_COTH,
	FUNCTION_SECH,
	FUNCTION_CSCH,
	FUNCTION_ASIN,
	FUNCTION_ACOS,
	FUNCTION_ATAN,
	FUNCTION_ACOT,
	FUNCTION_ASEC,
	FUNCTION_ACSC,
	FUNCTION_ASINH,
	FUNCTION_ACOSH,
	FUNCTION_ATANH,
	FUNCTION_EXP,
	FUNCTION_LN,
	FUNCTION_LOG,
	FUNCTION_MAX,
	FUNCTION_MIN,
	FUNCTION_GCD,
	FUNCTION_LCM,
	FUNCTION_RE,
	FUNCTION_IM,
	/* These the parser writes out. */
	FUNCTION_CIS, /* cos + i sin */
	FUNCTION_ABS,
	FUNCTION_CBRT
};

enum mathtoken_command {
	COMMAND_FRAC = 1,
	COMMAND_BINOM,
	COMMAND_SQRT,
	COMMAND_SURD,     /* a root sign without braces: all of "15" of √15 */
	COMMAND_OVERLINE, /* \dot and \bar too */
	COMMAND_BB,
	COMMAND_OVER, /* between its arguments */
	COMMAND_CHOOSE,
	COMMAND_MOD,  /* between its arguments */
	COMMAND_PMOD, /* behind a residue */
	COMMAND_BEGIN, /* .text, the environment's name */
	COMMAND_FINISH /* \end */
};

struct mathtoken {
	unsigned char kind;
	char c;
	unsigned char space; /* blank before it; 2: a thin one */
	unsigned char side;  /* 1: had \left, 2: \right */
	unsigned char tight; /* a comma inside a number: {,} or ,\! */
	unsigned char textual; /* stood in \text */
	unsigned short id;
	struct span text;
};

/* The most bytes that an answer has. */
#define MATHTOKEN_BYTES 16384

/*
 * mathtoken_row(w, text, count):
 * The ${count} tokens of ${text}, with a TOKEN_END behind them.  They point
 * into ${text} and live in ${w}.  NULL when ${w} failed.
 */
struct mathtoken *mathtoken_row(struct mathwork *w, struct span text,
    size_t *count);

/* Without the braces and asterisks around all of it, and punctuation at its
 * end. */
void mathtoken_trim(struct mathtoken **row, size_t *count);

/* Whether two tokens are the same but for spacing. */
int mathtoken_same(const struct mathtoken *a, const struct mathtoken *b);

#endif
