/* Programs of Go take their random numbers from ProcessPrng of this library of
 * Windows, which older versions of Wine do not have. */
#define _CRT_RAND_S
#include <stdlib.h>
#include <windows.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *to, SIZE_T size)
{
	for (SIZE_T i = 0; i < size; i++) {
		unsigned int number;
		if (rand_s(&number) != 0)
			return FALSE;
		to[i] = (BYTE)number;
	}
	return TRUE;
}
