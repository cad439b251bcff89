// The Python that `gradus export trl` hands over, which is also a folder of files that Python's tools read.
#include "embed.h"

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

const struct gradus_file gradus_train_sft = FILE_OF("train_sft.py", train_sft);
const struct gradus_file gradus_train_reward = FILE_OF("train_reward.py", train_reward);
const struct gradus_file gradus_train_dpo = FILE_OF("train_dpo.py", train_dpo);
const struct gradus_file gradus_train_grpo = FILE_OF("train_grpo.py", train_grpo);
const struct gradus_file gradus_train_ppo = FILE_OF("train_ppo.py", train_ppo);
const struct gradus_file gradus_continuation = FILE_OF("continuation.py", continuation);
const struct gradus_file gradus_reward_functions = FILE_OF("reward_functions.py", reward_functions);
