// The Python that `gradus export trl` hands over is part of the program, and a folder of files that Python's tools read.
#include "CTRLExport.h"

// #embed is of C23, and of every C for clang.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char train_sft[] = {
#embed "../../integrations/trl-export/train_sft.py"
};
static const unsigned char train_reward[] = {
#embed "../../integrations/trl-export/train_reward.py"
};
static const unsigned char train_dpo[] = {
#embed "../../integrations/trl-export/train_dpo.py"
};
static const unsigned char train_grpo[] = {
#embed "../../integrations/trl-export/train_grpo.py"
};
static const unsigned char train_ppo[] = {
#embed "../../integrations/trl-export/train_ppo.py"
};
static const unsigned char continuation[] = {
#embed "../../integrations/trl-export/continuation.py"
};
static const unsigned char reward_functions[] = {
#embed "../../integrations/trl-export/reward_functions.py"
};

#define PYTHON(bytes) {bytes, sizeof bytes}

const struct gradus_python gradus_train_sft = PYTHON(train_sft);
const struct gradus_python gradus_train_reward = PYTHON(train_reward);
const struct gradus_python gradus_train_dpo = PYTHON(train_dpo);
const struct gradus_python gradus_train_grpo = PYTHON(train_grpo);
const struct gradus_python gradus_train_ppo = PYTHON(train_ppo);
const struct gradus_python gradus_continuation = PYTHON(continuation);
const struct gradus_python gradus_reward_functions = PYTHON(reward_functions);
