import { programName } from '../table.ts';
import { QUESTION } from './question.ts';

/** Shells that the program completes its command line in. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** The script that makes a shell ask this program for completions. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish, powershell }[shell]
    .replaceAll('PROGRAM', programName)
    .replaceAll('QUESTION', QUESTION)
    .replaceAll('@{', '$' + '{');
}

/*
 * In the scripts "@{" stands for a dollar sign and a brace, which would end their texts here.
 *
 * bash splits words at ":", "=" and "@" as COMP_WORDBREAKS says, and replaces only what stands behind the last of these:
 * so the words are put together again first, and what bash keeps is taken off the candidates at the end.
 */
const bash = String.raw`# bash completion for PROGRAM
_registry_scraper() {
  local line=$COMP_LINE index word kept directive prefix
  local -a words=() answer=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=@{COMP_WORDS[index]}
    if ((index > 0)) && [[ $line != [[:blank:]]* ]]; then
      words[@{#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=@{line#"@{line%%[![:blank:]]*}"}
    line=@{line#"$word"}
  done
  local current=@{words[@{#words[@]} - 1]} quoted=
  unset "words[@{#words[@]} - 1]"
  if [[ $current == [\"\']* ]]; then
    quoted=1
    current=@{current:1}
  fi
  local program=@{words[0]/#\~\//$HOME/}
  words=("@{words[@]:1}")
  words=("@{words[@]//[\"\'\\]/}")
  COMPREPLY=()
  mapfile -t answer < <("$program" QUESTION "--current=@{current//\\/}" "@{words[@]}" 2>/dev/null)
  ((@{#answer[@]})) || return 0
  directive=@{answer[0]%% *}
  prefix=@{answer[0]#"$directive"}
  prefix=@{prefix# }
  if [[ -z $quoted ]]; then
    for word in : = @; do
      [[ $COMP_WORDBREAKS == *"$word"* && $current == *"$word"* ]] || continue
      word=@{current%"@{current##*"$word"}"}
      ((@{#word} > @{#kept})) && kept=$word
    done
  fi
  case $directive in
    directories | files)
      compopt -o filenames
      local action=file
      [[ $directive == directories ]] && action=directory
      mapfile -t COMPREPLY < <(compgen -A "$action" -- "@{current#"$prefix"}")
      [[ -z $quoted || -z $prefix ]] || COMPREPLY=("@{COMPREPLY[@]/#/$prefix}")
      ;;
    *)
      [[ $directive == nospace ]] && compopt -o nospace
      COMPREPLY=("@{answer[@]:1}")
      COMPREPLY=("@{COMPREPLY[@]%%$'\t'*}")
      COMPREPLY=("@{COMPREPLY[@]#"$kept"}")
      ;;
  esac
}
complete -F _registry_scraper PROGRAM
`;

const zsh = String.raw`#compdef PROGRAM
# zsh completion for PROGRAM
_registry_scraper() {
  local -a answer candidates shown
  local line directive prefix word
  word=@{(Q)PREFIX}
  answer=("@{(@f)$("@{(Q)words[1]/#\~\//$HOME/}" QUESTION "--current=$word" "@{(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
  directive=@{answer[1]%% *}
  prefix=@{@{answer[1]#$directive}# }
  case $directive in
    directories | files)
      [[ -n $prefix ]] && compset -P '*='
      if [[ $directive == directories ]]; then _path_files -/; else _files; fi
      return
      ;;
  esac
  for line in "@{(@)answer[2,-1]}"; do
    [[ -n $line ]] || continue
    candidates+=("@{line%%$'\t'*}")
    if [[ -n @{line#*$'\t'} ]]; then
      shown+=("@{(r:28:)line%%$'\t'*} @{line#*$'\t'}")
    else
      shown+=("@{line%%$'\t'*}")
    fi
  done
  ((@{#candidates})) || return 1
  local -a options
  [[ $directive == nospace ]] && options=(-S '')
  if [[ @{(j::)shown} == *' '* ]]; then options+=(-l); fi
  compadd -Q "@{(@)options}" -d shown -a candidates
}
if [[ $funcstack[1] == _registry_scraper ]]; then
  _registry_scraper "$@"
else
  compdef _registry_scraper PROGRAM
fi
`;

const fish = String.raw`# fish completion for PROGRAM
function __registry_scraper_answer
    set -l words (commandline -opc)
    set -l current (commandline -ct | string replace -r '^["\']' '')
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l answer ($program QUESTION "--current=$current" $words[2..-1] 2>/dev/null)
    set -l head (string split -m 1 ' ' -- $answer[1])
    switch "$head[1]"
        case directories
            __registry_scraper_paths "$head[2]" "$current" | string match -r '.*/$'
        case files
            __registry_scraper_paths "$head[2]" "$current"
        case '*'
            for line in $answer[2..-1]
                echo $line
            end
    end
end
function __registry_scraper_paths --argument-names prefix current
    set -l begun (string sub -s (math (string length -- "$prefix") + 1) -- "$current")
    for path in (complete -C "'' $begun")
        echo -- $prefix(string split -m 1 \t -- $path)[1]
    end
end
complete -c PROGRAM -f -k -a '(__registry_scraper_answer)'
`;

const powershell = String.raw`# PowerShell completion for PROGRAM
Register-ArgumentCompleter -Native -CommandName 'PROGRAM' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $program = $before[0]
    $before = @($before | Select-Object -Skip 1)
    $answer = @(& $program 'QUESTION' "--current=$wordToComplete" @before 2>$null)
    if ($answer.Count -eq 0) { return }
    $directive, $prefix = $answer[0] -split ' ', 2
    if ($directive -eq 'directories' -or $directive -eq 'files') {
        $begun = $wordToComplete.Substring("$prefix".Length)
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($begun) | Where-Object {
            $directive -eq 'files' -or $_.ResultType -eq 'ProviderContainer'
        } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new("$prefix$($_.CompletionText)", $_.ListItemText, $_.ResultType, $_.ToolTip)
        }
        return
    }
    $answer | Select-Object -Skip 1 | ForEach-Object {
        $word, $description = $_ -split "\t", 2
        if (-not $description) { $description = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $description)
    }
}
`;
