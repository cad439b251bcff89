import Recording

/// `rewards.py`: the reward functions of a run in Python, those that it uses and no other.
struct TRLRewards {
  static let name = "rewards.py"

  /// A function of `reward_funcs` as a call in Python.
  enum Function: Equatable {
    case rule(RewardSpecification)
    /// A folder beside the script which holds a reward model.
    case model(folder: String)
    case overlong(limit: Int, cache: Double)
    /// The judges of built-in tasks: of film reviews, and of answers to users of three kinds.
    case gold, taste
  }

  let functions: [Function]
  /// What each is multiplied by.
  let weights: [Double]
  /// Whether PPO asks, which shows its rewards tokens alone.
  let asModule: Bool

  var python: String {
    var parts = [Self.opening(Set(functions.map(\.kind)), asModule: asModule)]
    for kind in Kind.allCases where functions.contains(where: { $0.kind == kind }) { parts.append(kind.python) }
    let calls = functions.map { "    \($0.call),\n" }.joined()
    parts.append("# In the order of reward_weights.\nREWARDS = [\n\(calls)]\n")
    if asModule {
      parts[parts.count - 1] += "WEIGHTS = [\(weights.map(NumberText.full).joined(separator: ", "))]\n"
      parts.append(Self.module)
    }
    return parts.joined(separator: "\n\n")
  }

  /// What functions have in common: one definition in Python.
  enum Kind: CaseIterable {
    case exactMatch, arithmetic, regularExpression, length, command, model, overlong, gold, taste
  }
}

extension TRLRewards.Function {
  fileprivate var kind: TRLRewards.Kind {
    switch self {
    case .rule(.exactMatch): .exactMatch
    case .rule(.arithmetic): .arithmetic
    case .rule(.regularExpression): .regularExpression
    case .rule(.length): .length
    case .rule(.command): .command
    case .rule(.model), .model: .model
    case .overlong: .overlong
    case .gold: .gold
    case .taste: .taste
    }
  }

  fileprivate var call: String {
    switch self {
    case .rule(.exactMatch(let column)): "exact_match(column=\(Self.quoted(column)))"
    case .rule(.arithmetic(let column)): "arithmetic(column=\(column.map(Self.quoted) ?? "None"))"
    case .rule(.regularExpression(let pattern)): "regex(pattern=\(Self.quoted(pattern)))"
    case .rule(.length(let target, let unit)): "length(target=\(target), unit=\"\(unit.rawValue)\")"
    case .rule(.command(let run, let timeout)):
      "command(run=\(Self.quoted(run)), timeout=\(NumberText.full(timeout)))"
    case .rule(.model(let path)): "model(path=\(Self.quoted(path)))"
    case .model(let folder): "model(path=\(Self.quoted(folder)))"
    case .gold: "gold"
    case .taste: "taste"
    case .overlong(let limit, let cache): "overlong(limit=\(limit), cache=\(NumberText.full(cache)))"
    }
  }

  /// JSON's escapes are Python's, too, but for those of characters beyond 16 bits, which JSON leaves as they are.
  private static func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return json.text
  }
}

extension TRLRewards {
  private static func opening(_ kinds: Set<Kind>, asModule: Bool) -> String {
    var imports: Set<String> = []
    if kinds.contains(.arithmetic) { imports.formUnion(["ast", "math", "operator", "re"]) }
    if kinds.contains(.regularExpression) { imports.insert("re") }
    if kinds.contains(.command) { imports.formUnion(["json", "math", "subprocess", "threading"]) }
    var lines = imports.sorted().map { "import \($0)" }
    var others: [String] = []
    if kinds.contains(.model) || asModule { others.append("import torch") }
    if kinds.contains(.model) {
      others += [
        "from accelerate import PartialState",
        "from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast",
      ]
    }
    if kinds.contains(.model) { others += ["", "from continuation import Tokens"] }
    if !others.isEmpty { lines += (lines.isEmpty ? [] : [""]) + others }
    var text = #"""
      """What completions are rewarded for, as in the run's reward_funcs: a number for each completion."""

      """#
    if !lines.isEmpty { text += "\n" + lines.joined(separator: "\n") + "\n" }
    if !kinds.isDisjoint(with: [.exactMatch, .arithmetic]) { text += "\n\n" + columnText }
    return text
  }

  private static let columnText = #"""
    def text(value):
        """A column's value as text; a whole number has no decimal point, whatever type the column has."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    """#

  private static let module = #"""
    class RewardModule(torch.nn.Module):
        """The weighted sum of REWARDS where PPOTrainer wants a reward model: its body gives each token the text's reward."""

        base_model_prefix = "rewards"

        def __init__(self, examples, tokens, args):
            super().__init__()
            self.tokens, self.weights = tokens, WEIGHTS
            # PPOTrainer shows tokens alone: a prompt is known again by its own.
            self.examples = {tuple(tokens.prompt(example["prompt"])): example for example in examples}

        def rewards(self, input_ids, attention_mask, **_):
            prompts, completions, columns = [], [], []
            for row, mask in zip(input_ids.tolist(), attention_mask.tolist()):
                ids = [token for token, is_real in zip(row, mask) if is_real]
                length = next(n for n in range(len(ids), -1, -1) if tuple(ids[:n]) in self.examples)
                example = self.examples[tuple(ids[:length])]
                prompts.append(example["prompt"])
                completions.append(self.tokens.tokenizer.decode(ids[length:], skip_special_tokens=True))
                columns.append(example)
            keys = [key for key in columns[0] if key != "prompt"]
            columns = {key: [example[key] for example in columns] for key in keys}
            scores = [reward(prompts, completions, **columns) for reward in REWARDS]
            totals = [sum(w * s for w, s in zip(self.weights, row)) for row in zip(*scores)]
            states = torch.tensor(totals, device=input_ids.device)[:, None, None].expand(*input_ids.shape, 1)
            return type("Output", (), {"hidden_states": [states]})

        def score(self, states):
            return states

    """#
}

extension TRLRewards.Kind {
  fileprivate var python: String {
    switch self {
    case .exactMatch:
      #"""
      def exact_match(column):
          """1 where the completion is what the column says, spaces around either aside."""

          def exact_match(prompts, completions, **columns):
              wanted = columns[column]
              return [float(a.strip() == text(b).strip()) for a, b in zip(completions, wanted)]

          return exact_match

      """#
    case .arithmetic: Self.arithmeticPython
    case .regularExpression:
      #"""
      def regex(pattern):
          """1 where the pattern is found. Gradus reads it as ICU does, which agrees with Python in all that is common."""
          pattern = re.compile(pattern)

          def regex(prompts, completions, **columns):
              return [float(pattern.search(completion) is not None) for completion in completions]

          return regex

      """#
    case .length:
      #"""
      def length(target, unit):
          """How near the length is to a target. Gradus counts characters as people see them, Python code points."""

          def length(prompts, completions, **columns):
              lengths = [len(text.split() if unit == "words" else text) for text in completions]
              return [max(0.0, 1 - abs(n - target) / target) for n in lengths]

          return length

      """#
    case .command: Self.commandPython
    case .model: Self.modelPython
    case .gold: TRLJudges.gold
    case .taste: TRLJudges.taste
    case .overlong:
      #"""
      def overlong(limit, cache):
          """soft_punish_cache: completions within `cache` tokens of the limit lose up to 1 (DAPO, equation 13)."""

          def overlong(prompts, completions, completion_ids, **columns):
              lengths = [len(ids) for ids in completion_ids]
              return [min(0.0, max(-1.0, (limit - cache - n) / cache)) for n in lengths]

          return overlong

      """#
    }
  }

  private static let arithmeticPython = #"""
    OPERATORS = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.UAdd: operator.pos,
        ast.USub: operator.neg,
    }


    def value(expression):
        """The value of an expression of numbers, + - * / and parentheses; None for any other text."""

        def walk(node):
            if isinstance(node, ast.Constant) and type(node.value) in (int, float):
                return float(node.value)
            if isinstance(node, ast.UnaryOp):
                return OPERATORS[type(node.op)](walk(node.operand))
            if isinstance(node, ast.BinOp):
                return OPERATORS[type(node.op)](walk(node.left), walk(node.right))
            raise KeyError

        # 007 is a number to Gradus.
        plain = re.sub(r"(?<![\d.])0+(?=\d)", "", expression.strip())
        if not re.fullmatch(r"[\d+\-*/(). ]+", plain) or "**" in plain or "//" in plain:
            return None
        try:
            result = walk(ast.parse(plain, mode="eval").body)
        except (SyntaxError, ValueError, KeyError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
            return None
        return result if math.isfinite(result) else None


    def last_expression(prompt):
        """The value of the last expression with an operator, set off from words and other numbers."""
        for run in reversed(list(re.finditer(r"[0-9+\-*/(). ]+", prompt))):
            before = prompt[run.start() - 1 : run.start()]
            is_cut = not run[0].startswith(" ") and re.fullmatch(r"[A-Za-z,]|[^\x00-\x7f]", before)
            expression = run[0].strip(" .")
            if not is_cut and re.search(r"[+\-*/]", expression[1:]) and value(expression) is not None:
                return value(expression)
        return None


    def arithmetic(column):
        """1 where the completion's first number is the value of the prompt's last expression, or of a column."""

        def arithmetic(prompts, completions, **columns):
            if column is None:
                wanted = [last_expression(prompt) for prompt in prompts]
            else:
                wanted = [value(text(cell)) for cell in columns[column]]
            rewards = []
            for prompt, completion, right in zip(prompts, completions, wanted):
                if right is None:
                    raise ValueError(f"the reward 'arithmetic' finds nothing to compute for the prompt {prompt!r}")
                number = re.search(r"-?[0-9]+(\.[0-9]+)?", completion)
                is_right = number and abs(float(number[0]) - right) <= 1e-9 * max(1, abs(right))
                rewards.append(1.0 if is_right else 0.0)
            return rewards

        return arithmetic

    """#

  private static let commandPython = #"""
    # What TRL adds to the data's columns.
    OWN = {"prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric", "environments"}


    def command(run, timeout):
        """What a program says: it reads a line of JSON for each completion, and writes a number for each at once.

        It is started once, by /bin/sh in this folder, on each process of accelerate.
        """
        running = []

        def command(prompts, completions, **columns):
            if not running:
                running.append(
                    subprocess.Popen(["/bin/sh", "-c", run], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                )
            (program,) = running
            lines = []
            for index, (prompt, completion) in enumerate(zip(prompts, completions)):
                line = {"index": index, "prompt": prompt, "completion": completion}
                for key, values in columns.items():
                    if key not in OWN and values[index] is not None:
                        line.setdefault(key, values[index])
                lines.append(json.dumps(line, ensure_ascii=False) + "\n")

            def write():
                try:
                    program.stdin.writelines(lines)
                    program.stdin.flush()
                except OSError:
                    pass  # it has ended, which its output shows

            threading.Thread(target=write, daemon=True).start()
            alarm = threading.Timer(timeout, program.kill)
            alarm.start()
            rewards = []
            for n in range(len(completions)):
                answer = program.stdout.readline()
                try:
                    rewards.append(float(answer))
                except ValueError:
                    rewards.append(math.nan)
                if not math.isfinite(rewards[-1]):
                    program.kill()
                    raise RuntimeError(
                        f"the reward command '{run}' gave {n} of {len(completions)} numbers, and then "
                        + (repr(answer) if answer else f"ended or took more than {timeout} s")
                    )
            alarm.cancel()
            return rewards

        return command

    """#

  private static let modelPython = #"""
    def model(path):
        """The score of a reward model, which reads the text with its own tokenizer."""
        device = PartialState().device
        tokenizer = PreTrainedTokenizerFast.from_pretrained(path)
        judge = AutoModelForSequenceClassification.from_pretrained(path, num_labels=1).to(device).eval()
        tokens = Tokens(tokenizer, judge.config.max_position_embeddings)

        @torch.no_grad()
        def model(prompts, completions, **columns):
            rewards = []
            for prompt, completion in zip(prompts, completions):
                ids = tokens.prompt(prompt)
                ids = ids + tokens.completion(completion, ids)
                states = judge.base_model(torch.tensor([ids], device=device)).last_hidden_state
                rewards.append(judge.score(states[0, -1]).item())
            return rewards

        return model

    """#
}
