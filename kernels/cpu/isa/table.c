/* The table of operations for one instruction set. */
#include "kernels/cpu/isa/ops.h"

#define OP_SET(name) k->name = ISA_NAME(name);

void
ISA_NAME(table)(struct kernels *k)
{
	OPS_ROWS(OP_SET)
	OPS_MATMUL(OP_SET)
	OPS_ATTENTION(OP_SET)
}
