/**
 * The fixed part of each shell's completion script; `@NAME@` marks what `completion.ts` fills in.
 * It must not name an option of the table.
 *
 * @module
 */

/**
 * Runs in bash 3.2 as macOS has it. Bash cuts words at `=`, `:` and `@` (COMP_WORDBREAKS), so they are first put together
 * again; the part before the last cut is taken off an answer, because readline keeps it.
 */
export const BASH = String
  .raw`# bash completion of arar; load it with: source <(arar --completions bash)

_arar() {
  local words=() starts=() rest=$COMP_LINE trimmed word index
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    if ((index > 0)) && [[ $rest == "$trimmed" && -n $word ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
      starts+=("$index")
    fi
    rest=\${trimmed:\${#word}}
  done

  COMPREPLY=()
  local last=$((\${#words[@]} - 1)) at=1 ended=
  while ((at < last)); do
    case \${words[at]} in
      --) at=$((at + 1)) ended=1; break ;;
      @VALUED@)
        if ((at + 1 == last)); then
          _arar_value "\${words[at]}" ''
          return
        fi
        at=$((at + 2)) ;;
      -*) at=$((at + 1)) ;;
      *) ended=1; break ;;
    esac
  done

  case $ended\${words[last]} in
    --*=*) _arar_value "\${words[last]%%=*}" "\${words[last]%%=*}=" ;;
    -*) _arar_answer '' < <(compgen -W "@WORDS@" -- "\${words[last]}") ;;
    *) _arar_command "\${starts[at]}" $((at == last)) ;;
  esac
}

# Offers values of the option $1; $2 is what stands before the value in the same word. Uses words and last of _arar.
_arar_value() {
  local value=\${words[last]#"$2"}
  compopt +o bashdefault +o default 2>/dev/null
  case $1 in
@CASES@
  esac
}

# Offers the lines of stdin, less what stands before the last cut.
_arar_answer() {
  local line cut=\${words[last]%"\${COMP_WORDS[COMP_CWORD]}"}
  case \${COMP_WORDS[COMP_CWORD]} in = | : | @) cut=\${words[last]} ;; esac
  cut=\${cut%@} # readline cuts before an @, not after it
  while IFS= read -r line; do
    line=$1$line
    COMPREPLY+=("\${line#"$cut"}")
  done
}

# The command's own completion: bash-completion's where it is loaded, else commands, then files.
_arar_command() {
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif (($2)); then
    compopt -o filenames 2>/dev/null
    _arar_answer '' < <(compgen -c -- "\${words[last]}")
  fi
}

complete -o bashdefault -o default -F _arar arar
`.replaceAll("\\$", "$");

/** `_arguments` knows the grammar itself: `-A "-*"` ends the options at the first other word, `-S` at `--`. */
export const ZSH = String.raw`#compdef arar
# zsh completion of arar; load it with: source <(arar --completions zsh), or save it as _arar in a folder of $fpath

_arar() {
  _arguments -s -S -A '-*' \
@SPECS@
    '(-)1: :_command_names -e' \
    '*:: :_normal'
}

# A value that is read from a file where it begins with @.
_arar_at_file() {
  if compset -P @; then _files; else compadd -S '' -- @; fi
}

if [[ $funcstack[1] = _arar ]]; then
  _arar "$@"
else
  compdef _arar arar
fi
`;

/** Fish does not know where a wrapped command begins, so the two functions say it. */
export const FISH = String
  .raw`# fish completion of arar; load it with: arar --completions fish | source

function __arar_command --description 'The words of the command before the cursor, one a line; fails while there is no command'
    set -l tokens (commandline -opc)
    set -e tokens[1]
    while set -q tokens[1]
        switch $tokens[1]
            case --
                set -e tokens[1]
                string join -- \n $tokens
                return 0
            case @VALUED@
                set -e tokens[1]
                set -e tokens[1]
            case '-*'
                set -e tokens[1]
            case '*'
                string join -- \n $tokens
                return 0
        end
    end
    return 1
end

function __arar_own --description 'Whether the word at the cursor is still one of arar'
    not __arar_command >/dev/null
end

function __arar_complete_command
    set -l words (__arar_command)
    or begin
        # An option of arar's own; complete -C would take it for one of its own.
        string match -q -- '-*' (commandline -ct); and return
    end
    complete --do-complete=(string join -- ' ' (string escape -- $words) (commandline -ct))
end

function __arar_at_file --description 'A value that is read from a file where it begins with @'
    set -l path (string replace -r '^(--[^=]*=)?@?' '' -- (commandline -ct))
    string replace -r '^' @ -- (__fish_complete_path $path)
end

complete -c arar -f -a '(__arar_complete_command)'
@OPTIONS@
`;

/** PowerShell hands over the parsed words; what lies behind arar's own is completed as a line of its own. */
export const POWERSHELL = String
  .raw`# PowerShell completion of arar; load it with: arar --completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName arar -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $options = @(
@ROWS@
  )
  $result = {
    param($text, $description, $kind)
    [System.Management.Automation.CompletionResult]::new($text, $text, $kind, $description)
  }
  $values = {
    param($option, $prefix, $start)
    if ($null -ne $option.File) {
      $lead = $option.File
      $path = if ($lead -and $start.StartsWith($lead)) { $start.Substring($lead.Length) } else { $start }
      foreach ($file in [System.Management.Automation.CompletionCompleters]::CompleteFilename($path)) {
        & $result "$prefix$lead$($file.CompletionText)" $file.ListItemText 'ParameterValue'
      }
    }
    foreach ($word in $option.Words) {
      if ($word.StartsWith($start)) { & $result "$prefix$word" $word 'ParameterValue' }
    }
  }

  $before = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition })
  $index = 0
  while ($index -lt $before.Count) {
    $text = $before[$index].Extent.Text
    if ($text -ceq '--') { $index++; break }
    if (-not $text.StartsWith('-')) { break }
    $option = $options | Where-Object { $_.Valued -and $_.Names -ccontains $text } | Select-Object -First 1
    if ($option -and $index + 1 -eq $before.Count) { return & $values $option '' $wordToComplete }
    $index += if ($option) { 2 } else { 1 }
  }

  $isCommand = $index -lt $before.Count -or ($index -gt 0 -and $before[$index - 1].Extent.Text -ceq '--')
  if ($isCommand -or -not $wordToComplete.StartsWith('-')) {
    $start = if ($index -lt $before.Count) { $before[$index].Extent.StartOffset } else { $cursorPosition - $wordToComplete.Length }
    $offset = $start - $commandAst.Extent.StartOffset
    $line = $commandAst.Extent.Text
    $line = if ($offset -lt $line.Length) { $line.Substring($offset) } else { '' }
    $line = $line.PadRight($cursorPosition - $start)
    return (TabExpansion2 -inputScript $line -cursorColumn ($cursorPosition - $start)).CompletionMatches
  }
  if ($wordToComplete -cmatch '^(--[^=]+)=(.*)$') {
    $name, $start = $Matches[1], $Matches[2]
    $option = $options | Where-Object { $_.Valued -and $_.Names -ccontains $name } | Select-Object -First 1
    if ($option) { return & $values $option "$name=" $start }
  }
  foreach ($option in $options) {
    foreach ($name in $option.Names) {
      if ($name.StartsWith($wordToComplete)) { & $result $name $option.Text 'ParameterName' }
    }
  }
}
`;
