/* The table of operations for one instruction set. */
#include "kernels/cpu/isa/ops.h"

#define OP_SET(name) k->name = ISA_NAME(name);

void
ISA_NAME(table)(struct kernels *k)
{
#if HAVE_ROWS
	OPS_ROWS(OP_SET)
#endif
#if HAVE_MATMUL
	OPS_MATMUL(OP_SET)
#endif
#if HAVE_ATTENTION
	OPS_ATTENTION(OP_SET)
#endif
	(void)k;
}
