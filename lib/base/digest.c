/* SHA-256 by libcrypto. */
#include "lib/base/digest.h"

#include <openssl/evp.h>
#include <stdio.h>

static int
broken(const char *what, struct error *err)
{
	return error_set(err, STATUS_INTERNAL, "%s: SHA-256 failed", what);
}

static int
add_file(EVP_MD_CTX *ctx, const char *path, struct error *err)
{
	FILE *f = fopen(path, "rb");
	unsigned char block[1 << 15];
	int result = 0;
	size_t n;

	if (f == NULL)
		return error_input(err, path);
	while (result == 0 && (n = fread(block, 1, sizeof(block), f)) > 0)
		if (!EVP_DigestUpdate(ctx, block, n))
			result = broken(path, err);
	if (result == 0 && ferror(f))
		result = error_input(err, path);
	fclose(f);
	return result;
}

static int
finish(char hex[DIGEST_HEX], EVP_MD_CTX *ctx)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int size, i;

	if (!EVP_DigestFinal_ex(ctx, md, &size))
		return -1;
	for (i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	return 0;
}

int
digest_files(char hex[DIGEST_HEX], const char *const *paths, size_t count,
    struct error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int result = ctx == NULL || !EVP_DigestInit_ex(ctx, EVP_sha256(),
	    NULL) ? broken(paths[0], err) : 0;

	for (size_t i = 0; result == 0 && i < count; i++)
		result = add_file(ctx, paths[i], err);
	if (result == 0 && finish(hex, ctx))
		result = broken(paths[0], err);
	EVP_MD_CTX_free(ctx);
	return result;
}

int
digest_file(char hex[DIGEST_HEX], const char *path, struct error *err)
{
	return digest_files(hex, &path, 1, err);
}

int
digest_bytes(char hex[DIGEST_HEX], const void *data, size_t length,
    struct error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int bad = ctx == NULL || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(ctx, data, length) || finish(hex, ctx);

	EVP_MD_CTX_free(ctx);
	return bad ? broken("bytes", err) : 0;
}
