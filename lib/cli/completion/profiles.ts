/**
 * How bash and zsh find the names of profiles.
 *
 * @module
 */

/**
 * A function of bash (3.2 too) and zsh. It reads the headings of the shared files with what the shell itself has, up to a
 * bound, and says nothing if it cannot.
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
