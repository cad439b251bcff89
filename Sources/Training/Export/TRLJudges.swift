import Recording

/// The judges of built-in tasks in Python, with the tasks' own words.
enum TRLJudges {
  /// As `FilmGrammar.gold`.
  static var gold: String {
    #"""
    SUBJECTS = \#(list(FilmGrammar.subjects))
    VERBS = \#(list(FilmGrammar.verbs))
    MODIFIERS = \#(list(FilmGrammar.modifiers))
    LINKS = \#(list(FilmGrammar.links))
    # Adjectives, and how much people like them.
    VALUES = \#(dictionary(FilmGrammar.values.map { ($0.key, $0.value) }))


    def is_review(words):
        """clause [link clause] ".": the film was very great and moving but the plot was dull ."""
        rest = list(words)

        def take(options):
            return rest.pop(0) if rest and rest[0] in options else None

        def clause(may_join):
            subject = take(["the"]) and take(SUBJECTS)
            if not subject or not take(VERBS):
                return None
            take(MODIFIERS)
            first = take(VALUES)
            if first and may_join and rest[:1] == ["and"] and rest[1:2] and rest[1] in VALUES:
                if rest[1] == first:
                    return None
                del rest[:2]
            return subject if first else None

        subject = clause(may_join=True)
        if not subject:
            return False
        if take(LINKS):
            second = clause(may_join=False)
            if second is None or second == subject:
                return False
        return take(["."]) is not None and not rest and words.count("very") <= 1


    def gold(prompts, completions, **columns):
        """How much people truly like a film review: its adjectives' values; anything else is worth -2 to -4."""
        rewards = []
        for prompt, completion in zip(prompts, completions):
            words = (prompt + completion).split()
            if is_review(words):
                rewards.append(sum(0.5 if word == "very" else VALUES.get(word, 0) for word in words))
            else:
                rewards.append(max(-4.0, -2 - 0.5 * sum(a == b for a, b in zip(words, words[1:]))))
        return rewards

    """#
  }

  /// As `UserGroup.likes`.
  static var taste: String {
    let sentences = UserGroup.Style.allCases.map { "    \"\($0)\": \(list($0.sentences)),\n" }
    let likes = UserGroup.allCases.map { group in
      let values = UserGroup.Style.allCases.map { ("\($0)", group.likes($0)) }
      return "    \"\(group.rawValue)\": \(dictionary(values)),\n"
    }
    return #"""
      OBJECTS = \#(list(UserGroup.objects))
      # Whole answers, with the object asked about in the place of *.
      SENTENCES = {
      \#(sentences.joined())}
      LIKES = {
      \#(likes.joined())}
      ANSWERS = {
          sentence.replace("*", thing): (style, thing)
          for style, sentences in SENTENCES.items()
          for sentence in sentences
          for thing in OBJECTS
      }


      def taste(prompts, completions, group, **columns):
          """How a user of that group likes an answer: its style, 0.25 less with another object; -1 for anything else."""
          rewards = []
          for prompt, completion, user in zip(prompts, completions, group):
              style, thing = ANSWERS.get(" ".join(completion.split()), (None, None))
              wanted = next((word for word in prompt.split() if word in OBJECTS), None)
              known = style is not None and user in LIKES
              rewards.append(LIKES[user][style] - (0 if thing == wanted else 0.25) if known else -1.0)
          return rewards

      """#
  }

  private static func list(_ words: [String]) -> String { "[" + words.map(quoted).joined(separator: ", ") + "]" }

  private static func dictionary(_ pairs: [(String, Double)]) -> String {
    "{" + pairs.map { "\(quoted($0)): \(NumberText.full($1))" }.joined(separator: ", ") + "}"
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
