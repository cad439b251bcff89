// The commit that the program was built from, apart from everything else, so that another one compiles this alone.
#include "CEmbedded.h"

#ifdef GRADUS_COMMIT
const char *const gradus_commit = GRADUS_COMMIT;
#else
const char *const gradus_commit = "";
#endif
