/** The completion script of fish. */

import { type Option, takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";
import { quoteFish } from "../shell_quotes.ts";
import { completionOf, type Completions, fill, long, valued } from "./parts.ts";

/** Fish does not know where a wrapped command begins, so the first two functions find out. */
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
        # An option of arar; complete -C would treat it as an option of complete.
        string match -q -- '-*' (commandline -ct); and return
    end
    complete --do-complete=(string join -- ' ' (string escape -- $words) (commandline -ct))
end

function __arar_at_file --description 'A value that is read from a file where it begins with @'
    set -l path (string replace -r '^(--[^=]*=)?@?' '' -- (commandline -ct))
    string replace -r '^' @ -- (__fish_complete_path $path)
end

function __arar_profiles --description 'The names of the profiles in the shared files'
    __arar_headings "$AWS_CONFIG_FILE" ~/.aws/config '(?:profile\s+["\']?(?=.)|(?=default\s*\]))'
    __arar_headings "$AWS_SHARED_CREDENTIALS_FILE" ~/.aws/credentials ''
end

function __arar_headings
    set -l file $argv[1]
    test -n "$file"; or set file $argv[2]
    test -f "$file"; or return
    head -n 20000 -- $file 2>/dev/null | string replace -rf '^\[\s*'$argv[3]'([^\]]*[^\]\s"\']).*' '$1'
end

complete -c arar -f -a '(__arar_complete_command)'
@OPTIONS@
`;

/** The script with the option table filled in. */
export function renderFish(): string {
  return fill(FISH, { VALUED: valued().map(long).join(" "), OPTIONS: OPTION_LIST.map(line).join("") });
}

function line(option: Option): string {
  const short = option.short ? ` -s ${option.short}` : "";
  const value = takesValue(option) ? ` ${completionOf(option, VALUES)}` : "";
  return `complete -c arar -n __arar_own${short} -l ${option.name}${value} -d ${quoteFish(option.summary)}\n`;
}

const VALUES: Completions<string> = {
  nothing: "-x",
  words: (words) => `-x -a ${quoteFish(words.join(" "))}`,
  file: (lead) => lead ? "-x -a '(__arar_at_file)'" : "-r -F",
  profile: "-x -a '(__arar_profiles)'",
};
