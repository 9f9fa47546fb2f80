#ifndef SCORE_MATHCOMMAND_H
#define SCORE_MATHCOMMAND_H

#include "lib/score/span.h"

/* What the tokenizer does with a command of TeX. */
enum mathcommand_action {
	ACTION_DROP,
	ACTION_SPACE,   /* as a blank */
	ACTION_SKIP,    /* with its argument */
	ACTION_CLEAR,   /* its argument as it is: \mathbf{x} */
	ACTION_TEXT,    /* its argument is words */
	ACTION_NAME,    /* its argument is a function's name, or words */
	ACTION_SIDE,    /* \left, \right: value 1 or 2 */
	ACTION_SIGN,    /* value is the enum mathtoken_sign */
	ACTION_BAR,     /* |, with the side */
	ACTION_LETTER,
	ACTION_MONEY,   /* a currency's word */
	ACTION_FUNCTION,
	ACTION_COMMAND
};

struct mathcommand {
	const char *name; /* without the backslash */
	unsigned char action;
	unsigned char value;
};

/* The command ${name}, or NULL. */
const struct mathcommand *mathcommand_find(struct span name);

/* What a word without a backslash stands for: sin, pi, sqrt; or NULL. */
const struct mathcommand *mathcommand_find_plain(struct span word);

/* The name of the enum mathtoken_function ${id}. */
const char *mathcommand_function(int id);

#endif
