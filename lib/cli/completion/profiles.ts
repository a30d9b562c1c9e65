/** Lists the names of profiles in bash and zsh. */

/**
 * A function for bash (from 3.2) and zsh. It reads the headings of the shared files with builtins only, up to a maximum
 * number of lines, and prints nothing if it cannot read them.
 */
export const PROFILES = String.raw`# Prints the names of the profiles in the shared config and credentials files.
_arar_profiles() {
  local file line name config=1 lines=0
  for file in "\${AWS_CONFIG_FILE:-$HOME/.aws/config}" "\${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}"; do
    if [[ -f $file && -r $file ]]; then
      while ((lines++ < 20000)) && { IFS= read -r line || [[ -n $line ]]; }; do
        [[ $line == \[*\]* ]] || continue
        line=\${line#\[} line=\${line%%\]*}
        line=\${line#"\${line%%[![:space:]]*}"} name=\${line%"\${line##*[![:space:]]}"}
        if [[ -n $config && $name == profile[[:space:]]* ]]; then
          name=\${name#profile} name=\${name#"\${name%%[![:space:]]*}"}
          name=\${name#[\"\']} name=\${name%[\"\']}
        elif [[ -n $config && $name != default ]]; then
          continue
        fi
        printf '%s\n' "$name"
      done <"$file"
    fi
    config=
  done 2>/dev/null
}
`.replaceAll("\\$", "$");
