// The Python that `gradus export trl` hands over and that `gradus grade` runs, which is also in folders that Python's tools read.
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
static const unsigned char train_kto[] = {
#embed "../../integrations/trl-export/train_kto.py"
};
static const unsigned char train_grpo[] = {
#embed "../../integrations/trl-export/train_grpo.py"
};
static const unsigned char train_ppo[] = {
#embed "../../integrations/trl-export/train_ppo.py"
};
static const unsigned char train_distill[] = {
#embed "../../integrations/trl-export/train_distill.py"
};
static const unsigned char train_online_dpo[] = {
#embed "../../integrations/trl-export/train_online_dpo.py"
};
static const unsigned char continuation[] = {
#embed "../../integrations/trl-export/continuation.py"
};
static const unsigned char reward_functions[] = {
#embed "../../integrations/trl-export/reward_functions.py"
};

static const struct gradus_file trl_export[] = {
    FILE_OF("train_sft.py", train_sft),
    FILE_OF("train_reward.py", train_reward),
    FILE_OF("train_dpo.py", train_dpo),
    FILE_OF("train_kto.py", train_kto),
    FILE_OF("train_grpo.py", train_grpo),
    FILE_OF("train_ppo.py", train_ppo),
    FILE_OF("train_distill.py", train_distill),
    FILE_OF("train_online_dpo.py", train_online_dpo),
    FILE_OF("continuation.py", continuation),
    FILE_OF("reward_functions.py", reward_functions),
};

const struct gradus_files gradus_trl_export = ALL_OF(trl_export);

static const unsigned char run_function[] = {
#embed "../../integrations/grade/run.py"
};

const struct gradus_file gradus_grade = FILE_OF("run.py", run_function);
