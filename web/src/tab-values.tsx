import { type MonacoEditor, useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

/**
 * Shows what the tab holds that is open when its editors are there: GraphiQL begins them with the
 * first tab's, also for who has gone to another one while they were loaded.
 */
export function TabValues() {
  const { queryEditor, variableEditor, tab } = useGraphiQL(({ queryEditor, variableEditor, tabs, activeTabIndex }) => ({
    queryEditor,
    variableEditor,
    tab: tabs[activeTabIndex],
  }));
  useEffect(() => show(queryEditor, tab?.query), [queryEditor]);
  useEffect(() => show(variableEditor, tab?.variables), [variableEditor]);
  return null;
}

function show(editor: MonacoEditor | undefined, value: string | null | undefined): void {
  if (editor && editor.getValue() !== (value ?? "")) editor.setValue(value ?? "");
}
