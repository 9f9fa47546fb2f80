#ifndef TEXT_TEXTHASH_H
#define TEXT_TEXTHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One round: a 64×64-bit product folded to 64 bits. */
static inline uint64_t
texthash_mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A hash of bytes for tables in memory; not for hostile keys on a network. */
static inline uint64_t
texthash(const char *s, size_t length)
{
	uint64_t hash = 0x9E3779B97F4A7C15u ^ length, word;

	while (length >= 8) {
		memcpy(&word, s, 8);
		hash = texthash_mix(hash ^ word, 0xD6E8FEB86659FD93u);
		s += 8;
		length -= 8;
	}
	word = 0;
	for (size_t i = 0; i < length; i++)
		word = word << 8 | (unsigned char)s[i];
	return texthash_mix(hash ^ word, 0xA0761D6478BD642Fu);
}

#endif
