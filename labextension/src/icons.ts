import { LabIcon } from '@jupyterlab/ui-components';

import sentinelSvg from '../style/icons/sentinel.svg';

/** The tab of the sidebar: a shield with an eye in it. */
export const sentinelIcon = new LabIcon({
  name: 'jupyterlab-sentinel:sentinel',
  svgstr: sentinelSvg
});
