/** The completion script of PowerShell. */

import { takesValue } from "../option.ts";
import { OPTION_LIST } from "../options.ts";
import { quotePowershell } from "../shell_quotes.ts";
import { completionOf, fill, spellings } from "./parts.ts";

/** PowerShell passes the parsed words; what follows arar's own is completed as a separate line. */
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
  $profiles = {
    $config = if ($env:AWS_CONFIG_FILE) { $env:AWS_CONFIG_FILE } else { "$HOME/.aws/config" }
    $credentials = if ($env:AWS_SHARED_CREDENTIALS_FILE) { $env:AWS_SHARED_CREDENTIALS_FILE } else { "$HOME/.aws/credentials" }
    $headings = @(
      @{ File = $config; Start = '(?:profile\s+["'']?(?=.)|(?=default\s*\]))' }
      @{ File = $credentials; Start = '' }
    )
    foreach ($one in $headings) {
      if (Test-Path -LiteralPath $one.File -PathType Leaf) {
        foreach ($line in Get-Content -LiteralPath $one.File -TotalCount 20000 -ErrorAction SilentlyContinue) {
          if ($line -cmatch ('^\[\s*' + $one.Start + '([^\]]*[^\]\s"''])')) { $Matches[1] }
        }
      }
    }
  }
  $values = {
    param($option, $prefix, $start)
    $words = $option.Words
    if ($option.Profiles) {
      $words = & $profiles | Select-Object -Unique | ForEach-Object { if ($_ -match '\s') { "'$_'" } else { $_ } }
    }
    if ($null -ne $option.File) {
      $lead = $option.File
      $path = if ($lead -and $start.StartsWith($lead)) { $start.Substring($lead.Length) } else { $start }
      foreach ($file in [System.Management.Automation.CompletionCompleters]::CompleteFilename($path)) {
        & $result "$prefix$lead$($file.CompletionText)" $file.ListItemText 'ParameterValue'
      }
    }
    foreach ($word in $words) {
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

/** The script with the option table filled in. */
export function renderPowerShell(): string {
  const values = (file: string, isProfile: boolean, words: readonly string[]) =>
    `File = ${file}; Profiles = $${isProfile}; Words = @(${words.map(quotePowershell).join(", ")})`;
  const rows = OPTION_LIST.map((option) => {
    const fields = [
      `Names = @(${spellings(option).map(quotePowershell).join(", ")})`,
      `Text = ${quotePowershell(option.summary)}`,
      `Valued = $${takesValue(option)}`,
      completionOf(option, {
        nothing: values("$null", false, []),
        words: (words) => values("$null", false, words),
        file: (lead) => values(quotePowershell(lead), false, []),
        profile: values("$null", true, []),
      }),
    ];
    return `    @{ ${fields.join("; ")} }\n`;
  });
  return fill(POWERSHELL, { ROWS: rows.join("") });
}
