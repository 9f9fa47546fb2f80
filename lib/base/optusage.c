/* The usage text's part that a table of options makes. */
#include "lib/base/optusage.h"

#include <string.h>

#include "lib/base/buffer.h"

/* Where help texts begin, and where lines end. */
#define HELP_COLUMN 28
#define WIDTH 79

/* Words from the help column on, broken at blanks; `column` is where we are. */
static void
wrap(FILE *to, const char *text, int column)
{
	int length;

	for (; *text != '\0'; text += length + (text[length] == ' ')) {
		length = (int)strcspn(text, " ");
		if (column > HELP_COLUMN && column + 1 + length > WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (column < HELP_COLUMN)
			column += fprintf(to, "%*s", HELP_COLUMN - column, "");
		else if (column > HELP_COLUMN)
			column += fprintf(to, " ");
		column += fprintf(to, "%.*s", length, text);
	}
	fputc('\n', to);
}

/* Help, choices and default as one text. */
static int
describe(const struct option *row, struct buffer *text)
{
	size_t i;
	int bad = 0;

	bad |= buffer_add_string(text, row->help);
	for (i = 0; row->choices != NULL && row->choices[i] != NULL; i++) {
		bad |= buffer_add_string(text, i == 0 ? ": " : ", ");
		bad |= buffer_add_string(text, row->choices[i]);
	}
	if (row->fallback != NULL) {
		bad |= buffer_add_string(text, " (default: ");
		bad |= buffer_add_string(text, row->fallback);
		bad |= buffer_add_string(text, ")");
	}
	return bad;
}

void
optusage_print(const struct option *table, FILE *to)
{
	struct buffer text = {0};
	int column;

	for (; table->name != NULL; table++) {
		if (table->letter != 0)
			column = fprintf(to, "  -%c, --%s", table->letter,
			    table->name);
		else
			column = fprintf(to, "      --%s", table->name);
		if (table->type != OPTION_FLAG)
			column += fprintf(to, " %s",
			    table->arg != NULL ? table->arg : "ARG");
		if (column > HELP_COLUMN - 2) {
			fputc('\n', to);
			column = 0;
		}
		buffer_clear(&text);
		/* Without memory for all of it the help alone must do. */
		if (describe(table, &text) != 0)
			wrap(to, table->help, column);
		else
			wrap(to, text.data, column);
	}
	buffer_free(&text);
}
