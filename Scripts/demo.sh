#!/usr/bin/env bash
# What `make demo` shows: a whole PPO-RLHF update, by the commands that a user would type.
set -euo pipefail
cd "$(dirname "$0")/.."

gradus="$(swift build -c release --show-bin-path)/gradus"
output=build/ppo-trace

title() { printf '\n== %s\n\n' "$*"; }
# Runs the debugger with one command per argument.
step() { printf '%s\n' "$@" | "$gradus" step ppo; }

title "1. Preparation: a reference learned from demonstrations, a reward model from preferences"
step "goto sft" "goto reward-model" "goto rollout" "show reference" "show rewards"

title "2. The policy writes film reviews, and they are scored"
step "goto rollout" "step" "goto score" "where"

title "3. Each token pays for leaving the reference; surprises are summed backwards into advantages"
step "goto 1 kl-penalty" "goto 1 gae" "goto 1 oracle" "show advantages"

title "4. A minibatch: ratio, clip and the pessimistic minimum"
step "break clipped" "continue" "explain objective[5,1]" "why grad(logp[5,1])"

title "5. Why is a gradient what it is? And is it right?"
step "goto 0/1/1 gradient" "why grad(policy.logit[was,great])" "verify policy.logit[was,great]"

title "6. The update, and old policy := new policy"
step "goto 0/1/1 update" "step 2" "next" "step 2" "show policy"

title "7. Exact values, by enumerating every response: what the policy is really worth, before and after"
step "goto 0 oracle" "goto 3 oracle" "step"

title "8. Change one thing, and see everything downstream change"
step "goto score" "set score[1] 3" "set cliprange 0.1"

title "9. A handout: the whole run as a document with diagrams"
"$gradus" trace ppo --output "$output"

cat <<"END"

Now step through it yourself:

    .build/release/gradus step ppo
END
