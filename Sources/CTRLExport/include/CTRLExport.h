#ifndef CTRLEXPORT_H
#define CTRLEXPORT_H

#include <stddef.h>

/// A file of Python, as it is in the folder `integrations/trl-export`.
struct gradus_python {
  const unsigned char *bytes;
  size_t count;
};

extern const struct gradus_python gradus_train_sft;
extern const struct gradus_python gradus_train_reward;
extern const struct gradus_python gradus_train_dpo;
extern const struct gradus_python gradus_train_grpo;
extern const struct gradus_python gradus_train_ppo;
extern const struct gradus_python gradus_continuation;
extern const struct gradus_python gradus_reward_functions;

#endif
