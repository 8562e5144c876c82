import { keepClocksRunning } from './clocks.js';
import { enhanceComposer } from './composer.js';
import { enableCopying, enableMenus, focusWhatMatters, submitOnChange } from './controls.js';
import { writeDatesAsWeDo } from './dates.js';
import { enhanceFileFields } from './files.js';
import { enableKeys } from './keys.js';
import { enableListKeys } from './list-keys.js';
import { showNewest } from './newest.js';
import { proveWork } from './proof.js';
import { drawWeeks } from './week-editor.js';
import { chooseOwnTargets } from './settings.js';
import { tellZone } from './zone.js';

// Everything here is a convenience: each page works without any of it.
keepClocksRunning();
enableMenus();
enableCopying();
submitOnChange();
enableKeys();
enableListKeys();
enhanceComposer();
enhanceFileFields();
writeDatesAsWeDo();
showNewest();
drawWeeks();
proveWork();
focusWhatMatters();
tellZone();
chooseOwnTargets();
