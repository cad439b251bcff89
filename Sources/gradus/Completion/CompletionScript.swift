import ArgumentParser

/// The scripts that teach a shell to complete `gradus`.
enum CompletionScript {
  /// The output of `--generate-completion-script`; nil if the arguments do not ask for it.
  static func asked(by arguments: some Sequence<String>) -> String? {
    let name = "--generate-completion-script"
    let arguments = Array(arguments)
    let shell: String? =
      switch arguments.count {
      case 1 where arguments[0].hasPrefix("\(name)="): String(arguments[0].dropFirst(name.count + 1))
      case 2 where arguments[0] == name: arguments[1]
      default: nil
      }
    return shell.flatMap(CompletionShell.init(rawValue:)).map(text)
  }

  /// The argument parser's script; for bash, with what that lacks.
  static func text(for shell: CompletionShell) -> String {
    let script = Gradus.completionScript(for: shell)
    guard shell == .bash else { return script }
    // A shell sources it instead of running it, so it should not name an interpreter.
    let hashBang = "#!/bin/bash\n\n"
    return (script.hasPrefix(hashBang) ? String(script.dropFirst(hashBang.count)) : script) + wholeWords
  }

  /// Bash breaks words at `=` and `:`; the script above knows whole words only.
  private static let wholeWords = #"""


    # Readline breaks words at = and :, which the values of --set and the built-in tasks have in them. Here the words are
    # whole again for _gradus, and what it finds is cut to what readline is asking for.
    _gradus_whole_words() {
        local breaks= rest="${COMP_LINE:0:COMP_POINT}" word before=
        [[ "${COMP_WORDBREAKS}" = *=* ]] && breaks+='='
        [[ "${COMP_WORDBREAKS}" = *:* ]] && breaks+=':'
        if [[ -z "${breaks}" ]]; then
            _gradus "${@}"
            return
        fi
        local -a words=()
        local -i i
        for ((i = 0; i <= COMP_CWORD; i++)); do
            word="${COMP_WORDS[i]}"
            if [[ ${#words[@]} -gt 0 && "${rest}" != [[:space:]]* && ("${word}" = [${breaks}]* || "${before}" = *[${breaks}]) ]]; then
                before="${word}"
                # What is behind the cursor does not count.
                [[ "${rest}" = "${word}"* ]] || word="${rest}"
                words[${#words[@]}-1]+="${word}"
            else
                before="${word}"
                rest="${rest#"${rest%%[![:space:]]*}"}"
                [[ "${rest}" = "${word}"* ]] || word="${rest}"
                words+=("${word}")
            fi
            rest="${rest#"${word}"}"
        done
        local -a COMP_WORDS=("${words[@]}")
        local -i COMP_CWORD="$((${#words[@]} - 1))"
        local whole="${COMP_WORDS[COMP_CWORD]}"
        _gradus "${1}" "${whole}" "${COMP_WORDS[COMP_CWORD - 1]}"
        local head="${whole%"${whole##*[${breaks}]}"}"
        # In a file's name these signs would be quoted.
        [[ "${COMPREPLY[*]}" = *[${breaks}]* ]] && type compopt &>/dev/null && compopt +o filenames
        for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]="${COMPREPLY[i]#"${head}"}"; done
    }
    complete -o filenames -F _gradus_whole_words gradus
    """#
}
